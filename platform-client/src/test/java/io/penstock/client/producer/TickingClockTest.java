package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;

class TickingClockTest {

    private final VirtualTimeScheduler timers = VirtualTimeScheduler.create();
    private final CountedClock wall = new CountedClock();
    private final TickingClock clock = new TickingClock(wall, timers);

    @AfterEach
    void disposeTimers() {
        timers.dispose();
    }

    private void pass(long millis) {
        for (long i = 0; i < millis; i++) {
            wall.millis++;
            timers.advanceTimeBy(Duration.ofMillis(1));
        }
    }

    @Test
    void isReadOnceAMillisecondForManyRecords() {
        for (int millis = 0; millis < 100; millis++) {
            for (int i = 0; i < 1_000; i++) {
                assertThat(clock.millis()).isEqualTo(wall.millis);
            }
            pass(1);
        }
        assertThat(wall.reads).isLessThan(110);
    }

    @Test
    void isReadForEachRecordThatComesLater() {
        for (int i = 0; i < 100; i++) {
            assertThat(clock.millis()).isEqualTo(wall.millis);
            wall.millis += 10; // without a timer's help
        }
        assertThat(wall.reads).isEqualTo(100);
    }

    @Test
    void isExactAgainAfterAPause() {
        clock.millis();
        clock.millis();
        assertThat(clock.millis()).isEqualTo(wall.millis);
        pass(2);
        wall.millis += 1_000_000;
        assertThat(clock.millis()).isEqualTo(wall.millis);
    }

    @Test
    void asksNobodyForTheTimeWhenNoRecordsCome() {
        clock.millis();
        clock.millis();
        clock.millis();
        pass(10);
        int before = wall.reads;
        pass(1_000);
        assertThat(wall.reads).isEqualTo(before);
    }

    @Test
    void goesOnWithoutTimers() {
        timers.dispose();
        for (int i = 0; i < 10; i++) {
            assertThat(clock.millis()).isEqualTo(wall.millis);
            assertThat(clock.millis()).isEqualTo(wall.millis);
            wall.millis++;
        }
    }

    /** Stands still, and counts how often it is looked at. */
    private static final class CountedClock extends Clock {

        private long millis = 1_700_000_000_000L;
        private int reads;

        @Override
        public long millis() {
            reads++;
            return millis;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(millis());
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}

package io.penstock.cli.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PaceTest {

    private final AtomicLong nanoTime = new AtomicLong(5_000);
    private final Pace pace = new Pace(1_000, nanoTime::get, nanoTime::addAndGet);

    @Test
    void waitsUntilARecordIsDue() {
        pace.await(0);
        assertThat(nanoTime).hasValue(5_000);

        pace.await(3);
        assertThat(nanoTime).hasValue(3_005_000);
    }

    @Test
    void doesNotWaitForOneThatIsLate() {
        nanoTime.set(10_000_000);
        pace.await(3);

        assertThat(nanoTime).hasValue(10_000_000);
        assertThat(pace.dueNanos(3)).isEqualTo(3_005_000);
    }

    @Test
    void waitsOnAfterAWakeUpWithoutReason() {
        Pace restless = new Pace(1_000, nanoTime::get, nanos -> nanoTime.addAndGet(nanos / 2 + 1));
        restless.await(1);

        assertThat(nanoTime.get()).isGreaterThanOrEqualTo(1_005_000);
    }

    @Test
    void doesNotDriftWithRatesThatDoNotDivideASecond() {
        assertThat(new Pace(3, () -> 0, nanos -> {}).dueNanos(3_000_000)).isEqualTo(1_000_000_000_000_000L);
    }

    @Test
    void stopsWaitingWhenTheThreadIsInterrupted() {
        Thread.currentThread().interrupt();
        pace.await(1_000);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(nanoTime).hasValue(5_000);
    }
}

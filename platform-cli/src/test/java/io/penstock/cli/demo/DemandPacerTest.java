package io.penstock.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class DemandPacerTest {

    private static final long TICK = 20_000_000;
    private static final long SECOND = 1_000_000_000;

    @Property(tries = 200)
    void takesItsRateWhateverTheSizesOfRecords(
            @ForAll @LongRange(min = 100_000, max = 20_000_000) long bytesPerSecond,
            @ForAll @IntRange(min = 11, max = 2_000) int largest,
            @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        DemandPacer pacer = new DemandPacer(bytesPerSecond, 0);
        long bytes = 0;
        for (long now = TICK; now <= 10 * SECOND; now += TICK) {
            for (long wanted = pacer.demand(now); wanted > 0; wanted--) {
                int size = 10 + random.nextInt(largest - 10);
                pacer.received(size);
                bytes += size;
            }
        }

        assertThat((double) bytes / (10 * bytesPerSecond)).isCloseTo(1, within(0.03));
    }

    @Test
    void asksForNothingMoreWhileNothingComes() {
        DemandPacer pacer = new DemandPacer(64_000, 0);

        assertThat(pacer.demand(SECOND)).isEqualTo(1_000);
        assertThat(pacer.demand(2 * SECOND)).isEqualTo(1_000);
        assertThat(pacer.demand(3 * SECOND)).isZero();
        assertThat(pacer.outstanding()).isEqualTo(2_000);
    }

    @Test
    void makesGoodForAStallOfTwoSecondsAtMost() {
        DemandPacer pacer = new DemandPacer(64_000, 0);

        assertThat(pacer.demand(60 * SECOND)).isEqualTo(2_000);
    }

    @Test
    void forgetsAStallWhenItIsForgiven() {
        DemandPacer pacer = new DemandPacer(64_000, 0);
        assertThat(pacer.demand(SECOND)).isEqualTo(1_000);
        for (int i = 0; i < 1_000; i++) {
            pacer.received(32);
        }

        pacer.forgive();

        assertThat(pacer.demand(SECOND)).isZero();
        assertThat(pacer.demand(2 * SECOND)).isEqualTo(2_000);
    }

    @Test
    void asksForNothingBeforeTimeHasPassed() {
        assertThat(new DemandPacer(1_000_000, 5).demand(5)).isZero();
    }
}

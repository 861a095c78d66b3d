package io.penstock.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateMeterTest {

    private static final long SECOND = 1_000_000_000;

    @Test
    void knowsNoRateAtFirst() {
        assertThat(new RateMeter().sample(100, 0)).isZero();
    }

    @Test
    void forgetsWhatIsLongAgo() {
        RateMeter meter = new RateMeter();
        meter.sample(0, 0);
        assertThat(meter.sample(1_000, SECOND)).isEqualTo(1_000);

        meter.sample(1_100, 2 * SECOND);
        meter.sample(1_200, 3 * SECOND);

        assertThat(meter.sample(1_300, 4 * SECOND)).isEqualTo(100);
    }
}

package io.penstock.client.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class BackoffTest {

    @Property
    void staysBetweenItsBounds(
            @ForAll @IntRange(min = 1, max = 1_000_000) int failures,
            @ForAll @IntRange(min = 1, max = 100_000) int firstMs,
            @ForAll @IntRange(min = 1, max = 86_400_000) int maxMs,
            @ForAll long seed) {
        Backoff backoff = new Backoff(Duration.ofMillis(firstMs), Duration.ofMillis(Math.max(firstMs, maxMs)), 0.5);
        Duration wait = backoff.after(failures, new Random(seed));
        assertThat(wait).isBetween(Duration.ofMillis(Math.max(1, firstMs / 2)), backoff.max());
    }

    @Property
    void doublesWithoutJitterUntilTheLimit(@ForAll @IntRange(min = 1, max = 10) int failures) {
        Backoff backoff = new Backoff(Duration.ofMillis(10), Duration.ofMillis(1000), 0);
        assertThat(backoff.after(failures, new Random(0)))
                .isEqualTo(Duration.ofMillis(Math.min(1000, 10L << failures - 1)));
    }
}

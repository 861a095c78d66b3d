package io.penstock.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class PlanTest {

    @Property
    void sendsMoreThanTheFastestTakesWhileItIsPaced(@ForAll @IntRange(min = Plan.MIN_SECONDS, max = 600) int seconds) {
        Plan plan = Plan.of(seconds, 0);

        assertThat(plan.totalBytes())
                .isGreaterThan(plan.headStartBytes()
                        + plan.bytesPerSecond().get(0)
                                * plan.paced().plus(plan.prolonging()).toSeconds()
                                * 11
                                / 10);
        assertThat(plan.paced().toSeconds()).isBetween(4L, seconds - 4L);
    }

    @Property
    void sendsAsMuchAsIsAskedFor(@ForAll @IntRange(min = Plan.MIN_SECONDS, max = 30) int seconds) {
        assertThat(Plan.of(seconds, Plan.DEFAULT_BYTES).totalBytes()).isGreaterThanOrEqualTo(Plan.DEFAULT_BYTES);
    }
}

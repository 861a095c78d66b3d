package io.penstock.client.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class WindowPlanTest {

    @Property
    void neverPromisesMoreThanTheTotal(
            @ForAll @IntRange(min = 1 << 10, max = 1 << 30) int perPartition,
            @ForAll @LongRange(min = 1 << 10, max = 1L << 40) long total,
            @ForAll @IntRange(min = 1 << 10, max = 1 << 30) int element,
            @ForAll @IntRange(min = 1, max = 100_000) int partitions) {
        FetchWindow window =
                new FetchWindow(perPartition, Math.max(total, perPartition), Math.min(element, perPartition));
        WindowPlan plan = WindowPlan.of(window, partitions);
        assertThat(plan.elementBytes()).isBetween(1, window.maxElementBytes());
        assertThat(plan.credit()).isPositive();
        if (window.totalBytes() >= partitions) {
            assertThat((long) plan.credit() * plan.elementBytes() * partitions)
                    .isLessThanOrEqualTo(window.totalBytes());
        }
    }

    @Property
    void asksForNoMoreThanTheWindowHolds(
            @ForAll @IntRange(min = 1, max = 1 << 30) int held, @ForAll @IntRange(max = 100) int outstanding) {
        WindowPlan plan = WindowPlan.of(FetchWindow.DEFAULTS, 4);
        boolean room = plan.hasRoom(held, outstanding, plan.elementBytes());
        assertThat(room).isEqualTo(held + (outstanding + 1L) * plan.elementBytes() <= plan.windowBytes());
    }

    @Property
    void asksForOneElementWhenNothingIsHeldHoweverSmallTheWindow(
            @ForAll @IntRange(min = 1, max = 1 << 20) int streamElementBytes) {
        WindowPlan plan = new WindowPlan(1, 1);
        assertThat(plan.hasRoom(0, 0, streamElementBytes)).isTrue();
        assertThat(plan.hasRoom(0, 1, streamElementBytes)).isFalse();
    }

    @Property
    void keepsTwoElementsInAWindowWhereItCan(@ForAll @IntRange(min = 1, max = 4_000) int partitions) {
        assertThat(WindowPlan.of(FetchWindow.DEFAULTS, partitions).credit()).isGreaterThanOrEqualTo(2);
    }
}

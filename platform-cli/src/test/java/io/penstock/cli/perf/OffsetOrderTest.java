package io.penstock.cli.perf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OffsetOrderTest {

    private final OffsetOrder order = new OffsetOrder();

    @Test
    void findsNothingInOffsetsThatFollowEachOther() {
        order.add(3, 17);
        order.add(0, 5);
        order.add(3, 18);
        order.add(0, 6);

        assertThat(order.missing()).isZero();
        assertThat(order.repeated()).isZero();
    }

    @Test
    void countsOffsetsThatAreLeftOut() {
        order.add(0, 0);
        order.add(0, 4);
        order.add(0, 5);

        assertThat(order.missing()).isEqualTo(3);
        assertThat(order.repeated()).isZero();
    }

    @Test
    void countsRecordsThatComeAgain() {
        order.add(0, 10);
        order.add(0, 11);
        order.add(0, 10);
        order.add(0, 11);
        order.add(0, 12);

        assertThat(order.repeated()).isEqualTo(2);
        assertThat(order.missing()).isZero();
    }
}

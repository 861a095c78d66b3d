package io.penstock.core.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DemandTest {

    private final Demand demand = new Demand();

    @Test
    void isWhatWasAskedForAndNotGiven() {
        assertThat(demand.get()).isZero();
        demand.add(3);
        demand.add(4);
        demand.given(5);
        assertThat(demand.get()).isEqualTo(2);
    }

    @Test
    void staysUnboundedOnceItIs() {
        demand.add(Long.MAX_VALUE - 1);
        demand.add(2);
        demand.given(10);
        assertThat(demand.get()).isEqualTo(Long.MAX_VALUE);
    }
}

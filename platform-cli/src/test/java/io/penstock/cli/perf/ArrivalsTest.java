package io.penstock.cli.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ArrivalsTest {

    private final Arrivals arrivals = new Arrivals(Pace.perSecond(1_000_000), 1, 4);

    @Test
    void countsThoseAfterTheFirst() {
        add(0, 0);
        add(1, 1);
        add(0, 2);
        assertThat(arrivals.isComplete()).isFalse();
        add(0, 3);

        assertThat(arrivals.isComplete()).isTrue();
        assertThat(arrivals.counted()).isEqualTo(3);
        assertThat(arrivals.rate().bytes()).isEqualTo(30);
        assertThat(arrivals.latencies().nanos().get("max")).isPositive();
    }

    @Test
    void refusesARecordThatComesAgain() {
        add(0, 0);
        add(0, 1);

        assertThatThrownBy(() -> add(0, 1))
                .isInstanceOf(IllegalArrivalException.class)
                .hasMessage("the record at offset 77 of partition 0 is record 1 for the second time");
    }

    @Test
    void refusesARecordThatComesAfterALaterOneOfItsPartition() {
        add(0, 1);
        add(1, 0);

        assertThatThrownBy(() -> add(1, -1)).hasMessageContaining("none of the records");
        add(0, 3);
        assertThatThrownBy(() -> add(0, 2)).hasMessageEndingWith("of partition 0 is record 2 after record 3");
    }

    @Test
    void refusesWhatWasNotSent() {
        assertThatThrownBy(() -> add(0, 4)).isInstanceOf(IllegalArrivalException.class);
        assertThatThrownBy(() -> arrivals.add(0, 0, new byte[3])).isInstanceOf(IllegalArrivalException.class);
        assertThatThrownBy(() -> arrivals.add(0, 0, null)).isInstanceOf(IllegalArrivalException.class);
    }

    private void add(int partition, long number) {
        arrivals.add(partition, 77, NumberedValue.of(number, new byte[10]));
    }
}

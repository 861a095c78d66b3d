package io.penstock.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WorkloadsTest {

    @Test
    void haveNamesOfTheirOwn() {
        assertThat(Workloads.all()).extracting(Workload::name).doesNotHaveDuplicates();
    }

    @Test
    void comparePenstockWithKafkaEach() {
        assertThat(Workloads.all()).allSatisfy(workload -> {
            assertThat(workload.contenders().get(0).system()).isEqualTo(MeasuredSystem.KAFKA);
            assertThat(workload.contenders()).contains(Contender.PENSTOCK);
        });
    }

    @Test
    void haveAQuickPartThatIsSmall() {
        List<Workload> quick =
                Workloads.all().stream().filter(Workload::isQuick).toList();

        assertThat(quick).hasSizeBetween(4, 8);
        assertThat(quick.get(0).dividedBy(5).load().records())
                .isEqualTo(quick.get(0).load().records() / 5);
    }
}

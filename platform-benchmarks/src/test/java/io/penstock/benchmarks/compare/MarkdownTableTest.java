package io.penstock.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MarkdownTableTest {

    private final WorkloadResult result = new WorkloadResult(new Workload(
            "produce-100",
            Workload.Kind.PRODUCE,
            Load.of(100, 1_000),
            List.of(Contender.KAFKA_TOOLS, Contender.PENSTOCK),
            true));

    @Test
    void showsMediansWithTheirSpreadAndTheRatioToTheFirst() {
        for (double rate : new double[] {900_000, 1_100_000, 1_000_000}) {
            result.add(Contender.KAFKA_TOOLS, sample(rate, 2));
            result.add(Contender.PENSTOCK, sample(4 * rate, 0.5));
        }

        assertThat(new MarkdownTable(result).lines())
                .contains(
                        "### produce-100",
                        "|  | ratio | records/s | p99 |",
                        "|---|---:|---:|---:|",
                        "| Kafka's tools | 1.00× | **1.00 M/s** (900.0 k/s to 1.10 M/s) | 2.00 ms |",
                        "| Penstock | 4.00× | **4.00 M/s** (3.60 M/s to 4.40 M/s) | 0.50 ms |")
                .anyMatch(line -> line.contains("3 rounds; medians"));
    }

    @Test
    void takesTheMiddleOfAnEvenNumber() {
        assertThat(Summary.of(List.of(4.0, 1.0, 2.0, 100.0))).isEqualTo(new Summary(3, 1, 100));
    }

    private static Sample sample(double rate, double millis) {
        return new Sample().with(Metric.RECORDS_PER_SECOND, rate).with(Metric.P99_MILLIS, millis);
    }
}

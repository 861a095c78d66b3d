package io.penstock.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class KafkaToolsTest {

    private static final Jvm JVM = new Jvm("1m", List.of(), List.of());

    private final KafkaTools tools = new KafkaTools(JVM, JVM, new PayloadFiles(Path.of("")));

    @Test
    void readsTheSteadyStateOfAProducer() {
        ToolReport report = tools.read("""
                Reading payloads from: /tmp/payloads
                Number of records read: 83886
                Warmup first 1000 records. Steady state results will print after the complete test summary.
                500000 records sent, 99980.0 records/sec (9.53 MB/sec), 1.1 ms avg latency, 300.0 ms max latency.
                1001000 records sent, 400000.5 records/sec (38.1 MB/sec), 2.50 ms avg latency, 300.00 ms max latency, 1 ms 50th, 5 ms 95th, 9 ms 99th, 12 ms 99.9th.
                1000000 steady state records sent, 500000.250000 records/sec (47.68 MB/sec), 2.40 ms avg latency, 101.00 ms max latency, 2 ms 50th, 6 ms 95th, 10 ms 99th, 13 ms 99.9th.
                """, Load.of(100, 1_000_000));

        assertThat(report.records()).isEqualTo(1_000_000);
        assertThat(report.bytes()).isEqualTo(100_000_000);
        assertThat(report.recordsPerSecond()).isEqualTo(500_000.25);
        assertThat(report.latencyMillis())
                .containsEntry(Metric.P50_MILLIS, 2.0)
                .containsEntry(Metric.P99_MILLIS, 10.0)
                .containsEntry(Metric.P999_MILLIS, 13.0)
                .containsEntry(Metric.MAX_MILLIS, 101.0);
    }

    @Test
    void readsTheFetchingOfAConsumer() {
        ToolReport report = tools.read(
                "2026-11-21 17:00:00:123, 2026-11-21 17:00:03:456, 953.6743, 286.0, 10000000, 3000300.0300, 333, 3000,"
                        + " 317.8914, 3333333.3333\n",
                Load.of(100, 10_000_000));

        assertThat(report.records()).isEqualTo(10_000_000);
        assertThat(report.bytes()).isBetween(999_999_900L, 1_000_000_100L);
        assertThat(report.recordsPerSecond()).isEqualTo(3_333_333.3333);
    }

    @Test
    void refusesWhatIsNoReport() {
        assertThatThrownBy(() -> tools.read("WARNING: Exiting before consuming", Load.of(100, 1)))
                .isInstanceOf(ComparisonFailure.class)
                .hasMessageContaining("WARNING: Exiting");
    }
}

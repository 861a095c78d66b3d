package io.penstock.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.benchmarks.compare.Workload.Kind;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Workloads with few records, by real brokers and clients in processes of their own. One of them by two contenders in every
 * build; all of them, which takes a minute, with {@code -Pcompare}.
 */
@Timeout(600)
class ScenarioTest {

    private static final Load LOAD = Load.of(100, 2_000).withPartitions(2);

    @TempDir
    private static Path directory = Path.of("");

    private static Bench bench = new Bench(directory, kafka(), penstock());

    @BeforeAll
    static void startNothingYet() {
        bench = new Bench(directory, kafka(), penstock());
    }

    @AfterAll
    static void stop() {
        bench.close();
    }

    @Test
    void producingIsMeasuredAndChecked() {
        List<Contender> contenders = List.of(Contender.KAFKA_TOOLS, Contender.PENSTOCK);
        measure(new Workload("few-records", Kind.PRODUCE, load(Kind.PRODUCE), contenders, true));
    }

    @ParameterizedTest
    @EnumSource(names = "CONSUME_COLD", mode = EnumSource.Mode.EXCLUDE)
    @Tag("compare")
    void everythingIsMeasuredAndChecked(Kind kind) {
        List<Contender> contenders = Workloads.all().stream()
                .filter(workload -> workload.kind() == kind)
                .flatMap(workload -> workload.contenders().stream())
                .distinct()
                .toList();
        measure(new Workload(kind.name(), kind, load(kind), contenders, true));
    }

    @ParameterizedTest
    @EnumSource
    void whatABrokerRefusesIsAFailureWithItsReason(MeasuredSystem system) {
        assertThatThrownBy(() -> bench.broker(system).deleteTopic("missing"))
                .isInstanceOf(ComparisonFailure.class)
                .hasMessageContaining("broker does not do what it is asked");
    }

    private static void measure(Workload workload) {
        WorkloadResult result = new WorkloadResult(workload);
        try (Scenario scenario = Scenario.of(workload, bench)) {
            for (Contender contender : workload.contenders()) {
                result.add(contender, scenario.measure(contender));
            }
        }

        assertThat(workload.contenders()).allSatisfy(contender -> {
            assertThat(result.summary(contender, result.headline())).isPresent();
            assertThat(result.summary(contender, Metric.CLIENT_CPU_SECONDS)).isPresent();
        });
        assertThat(new MarkdownTable(result).lines())
                .hasSize(workload.contenders().size() + 7);
    }

    private static Load load(Kind kind) {
        return switch (kind) {
            case PRODUCE -> LOAD.withWarmUp(500);
            case LATENCY -> LOAD.withPace(1_000, 1, 1).withReaders(3);
            default -> LOAD;
        };
    }

    private static KafkaPrograms kafka() {
        // the processes have a working directory of their own
        Path reactorKafka = Path.of("target", "reactor-kafka").toAbsolutePath();
        return new KafkaPrograms(classPath(), reactorKafka + "/*", "512m", "128m", logging());
    }

    private static PenstockPrograms penstock() {
        List<String> command = List.of("-cp", classPath(), "io.penstock.cli.Penstock");
        return new PenstockPrograms(command, classPath(), "512m", "128m");
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }

    private static String logging() {
        try {
            return Path.of(Objects.requireNonNull(ScenarioTest.class.getResource("/compare-logback.xml"))
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}

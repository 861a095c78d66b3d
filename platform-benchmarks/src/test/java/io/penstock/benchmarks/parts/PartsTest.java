package io.penstock.benchmarks.parts;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.transport.LeakProbe;
import java.util.Collection;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Every benchmark there is, once each. What it says of time means nothing: it is there so that none rots. */
class PartsTest {

    private final LeakProbe leaks = new LeakProbe();

    /** JMH lets one of its runs on a machine go at a time, and fails the other. */
    @BeforeAll
    static void runBesideOthers() {
        System.setProperty("jmh.ignoreLock", "true");
    }

    @Test
    void eachRunsAndReleasesItsBuffers() throws RunnerException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .mode(Mode.SingleShotTime)
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .param("valueBytes", "1024")
                        .param("compression", "LZ4")
                        .param("payload", "realistic")
                        .param("partitions", "16")
                        .param("entries", "4096")
                        .param("recordsPerBatch", "2000")
                        .param("readBytes", "65536")
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();

        assertThat(results.stream().map(PartsTest::part).collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(
                        "RecordBatch",
                        "Decode",
                        "Codec",
                        "IndexLookup",
                        "Accumulator",
                        "FetchSlice",
                        "ElementHeader",
                        "FrameDecoder");
        leaks.assertNone();
    }

    private static String part(RunResult result) {
        String method = result.getParams().getBenchmark();
        String type = method.substring(0, method.lastIndexOf('.'));
        return type.substring(type.lastIndexOf('.') + 1).replace("Benchmark", "");
    }
}

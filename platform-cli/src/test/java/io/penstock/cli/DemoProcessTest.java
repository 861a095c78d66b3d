package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demo as a process with the heap that the start script gives it: its bound on memory is one of its claims. */
@Timeout(180)
class DemoProcessTest {

    @Test
    void showsThatEachConsumerTakesWhatItAsksForAndLosesNothing(@TempDir Path directory) throws IOException {
        Process demo = ServerProcess.command(
                        "-Xmx256m",
                        "-XX:+UseG1GC",
                        "-XX:-G1UseAdaptiveIHOP",
                        "-XX:InitiatingHeapOccupancyPercent=25",
                        "demo",
                        "--seconds",
                        "8",
                        "--bytes",
                        "0",
                        "--dir",
                        directory.toString())
                .redirectErrorStream(true)
                .start();
        String text = new String(demo.getInputStream().readAllBytes(), UTF_8);

        assertThat(ServerProcess.exitCode(demo)).as(text).isZero();
        assertThat(text)
                .contains("limits lifted")
                .containsPattern("consumer A +[\\d,]+ +\\d+\\.\\d MB +[78]\\.\\d\\d MB/s +8\\.00 MB/s .* 0 +0\n")
                .contains("consumer B", "consumer C", "(bound ", "ok: ");
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }
}

package io.penstock.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(120)
class DemoStopTest {

    @TempDir
    private Path directory = Path.of("");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Terminal terminal = Terminal.of(InputStream.nullInputStream(), out, out, Map.of());

    @Test
    void leavesNothingBehindWhenItIsStopped() throws IOException {
        CompletableFuture<Integer> exitCode =
                CompletableFuture.supplyAsync(() -> demo("--seconds", "600", "--bytes", "1000000"));
        while (!text().contains("broker at") && !exitCode.isDone()) {
            Thread.onSpinWait();
        }

        terminal.stop().request();

        assertThat(exitCode.join()).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(left()).isEmpty();
    }

    private int demo(String... arguments) {
        CommandLine command = new CommandLine(new DemoCommand(terminal));
        return command.execute(Stream.concat(Stream.of("--dir", directory.toString()), Stream.of(arguments))
                .toArray(String[]::new));
    }

    private List<Path> left() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private String text() {
        return out.toString(UTF_8);
    }
}

package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class PenstockTest {

    @Test
    void explainsItselfWithCommandsAndExitCodes() {
        CommandRun run = CommandRun.of("--help");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("server", "topic", "group", "produce", "consume", "log", "perf", "demo", "completion")
                .contains("130")
                .contains("PENSTOCK_SERVER");
        assertThat(run.err()).isEmpty();
    }

    static Stream<List<String>> commands() {
        List<List<String>> names = new ArrayList<>();
        collect(
                Penstock.commandLine(Terminal.of(
                        InputStream.nullInputStream(),
                        OutputStream.nullOutputStream(),
                        OutputStream.nullOutputStream(),
                        Map.of())),
                List.of(),
                names);
        return names.stream();
    }

    private static void collect(CommandLine command, List<String> path, List<List<String>> names) {
        command.getSubcommands().forEach((name, subcommand) -> {
            List<String> deeper = new ArrayList<>(path);
            deeper.add(name);
            names.add(deeper);
            collect(subcommand, deeper, names);
        });
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandExplainsItselfInLinesThatFit(List<String> command) {
        List<String> arguments = new ArrayList<>(command);
        arguments.add("--help");

        CommandRun run = CommandRun.of(arguments.toArray(String[]::new));

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).startsWith("Usage: penstock " + String.join(" ", command));
        assertThat(run.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(120));
    }

    @Test
    void tellsItsVersion() {
        assertThat(CommandRun.of("--version").out()).startsWith("penstock ").contains("Java ");
    }

    @Test
    void refusesAnUnknownCommandInOneLineAndSuggestsOne() {
        CommandRun run = CommandRun.of("topc", "list");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("penstock: ").contains("Did you mean: penstock topic?");
    }

    @Test
    void refusesAMissingArgument() {
        CommandRun run = CommandRun.of("consume");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("TOPIC").contains("Try 'penstock consume --help'.");
    }

    @Test
    void refusesAnOptionWithoutItsValueInPlainWords() {
        CommandRun run = CommandRun.of("consume", "orders", "--from", "--max", "3");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("'--from'").doesNotContain("option option");
    }

    @Test
    void refusesAnEmptyFormat() {
        CommandRun run = CommandRun.of("consume", "orders", "--format", "");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--format must not be empty");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void saysWhyADataDirectoryCannotBeUsed() {
        CommandRun run = CommandRun.of("server", "--data", "/proc", "--listen", "127.0.0.1:0");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("/proc can't be used: its file system takes no new files")
                .doesNotContain("exist");
    }

    @Test
    void saysWhatToDoWhenNobodyListens() {
        CommandRun run = CommandRun.of("topic", "list", "--server", "127.0.0.1:1");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .isEqualTo("penstock: nobody listens at 127.0.0.1:1: start one with ./penstock server, "
                        + "or name another with --server HOST:PORT" + System.lineSeparator());
    }

    @Test
    void takesTheServerFromTheEnvironment() {
        CommandRun run = CommandRun.withInput("", Map.of("PENSTOCK_SERVER", "127.0.0.1:2"), "topic", "list");

        assertThat(run.err()).contains("nobody listens at 127.0.0.1:2");
    }

    @Test
    void showsTheStackTraceOfAFailureWhenAsked() {
        CommandRun run =
                CommandRun.withInput("", Map.of("PENSTOCK_DEBUG", "1"), "topic", "list", "--server", "127.0.0.1:1");

        assertThat(run.err()).contains("java.net.ConnectException");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "--version", "completion bash", "log dump --help"})
    void failsWhenItsOutputCannotBeWritten(String command) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        OutputStream full = new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        Terminal terminal = Terminal.of(InputStream.nullInputStream(), full, err, Map.of());

        assertThat(Penstock.run(terminal, command.split(" "))).isEqualTo(1);
        assertThat(err.toString(UTF_8))
                .isEqualTo(
                        "penstock: can't write to standard output: No space left on device" + System.lineSeparator());
    }

    @Test
    void doesNotFailWhenNobodyReadsOnAsHeadDoes() {
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        Terminal terminal =
                Terminal.of(InputStream.nullInputStream(), closed, OutputStream.nullOutputStream(), Map.of());

        assertThat(Penstock.run(terminal, "completion", "bash")).isZero();
    }

    @Test
    void printsACompletionScriptThatKnowsTheCommands() {
        CommandRun run = CommandRun.of("completion", "bash");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("_complete_penstock", "--key-separator", "complete -F _complete_penstock");
        assertThat(CommandRun.of("completion", "zsh").out()).contains("bashcompinit");
        assertThat(CommandRun.of("completion", "fish").exitCode()).isEqualTo(2);
    }
}

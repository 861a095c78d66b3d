package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(180)
class ServerProcessTest {

    @TempDir
    private Path directory = Path.of("");

    @Test
    void drainsOnSigtermAndKeepsEverythingForTheNextStart() throws IOException {
        Path data = directory.resolve("data");
        try (ServerProcess server = ServerProcess.start(data)) {
            assertThat(produce(server, "one\ntwo\n")).isZero();
            assertThat(server.terminate()).isZero();
        }

        try (ServerProcess again = ServerProcess.start(data)) {
            CommandRun consumed = CommandRun.of("consume", "lines", "--to-end", "-s", again.address());
            assertThat(consumed.out()).isEqualTo("one\ntwo\n");
        }
    }

    @Test
    void pipesLinesThroughTheServer() throws IOException {
        String lines =
                IntStream.range(0, 20_000).mapToObj(i -> "line " + i).collect(Collectors.joining("\n", "", "\n"));
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            assertThat(produce(server, lines)).isZero();

            Process consume = ServerProcess.command("consume", "lines", "--to-end", "-s", server.address())
                    .start();
            String consumed = new String(consume.getInputStream().readAllBytes(), UTF_8);

            assertThat(ServerProcess.exitCode(consume)).isZero();
            assertThat(consumed).isEqualTo(lines);
        }
    }

    @Test
    void endsConsumingCleanlyWhenTheReaderHasGone() throws IOException {
        String lines = "a line that fills pipes soon enough\n".repeat(200_000);
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            assertThat(produce(server, lines)).isZero();

            Process consume = ServerProcess.command("consume", "lines", "-s", server.address())
                    .start();
            try (BufferedReader reader = consume.inputReader()) {
                assertThat(reader.readLine()).startsWith("a line");
            }

            assertThat(ServerProcess.exitCode(consume)).isZero();
            assertThat(new String(consume.getErrorStream().readAllBytes(), UTF_8))
                    .isEmpty();
        }
    }

    @Test
    void endsConsumingCleanlyWhenItIsStopped() throws IOException {
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            assertThat(produce(server, "one\n")).isZero();
            Process consume = ServerProcess.command("consume", "lines", "-s", server.address())
                    .start();
            assertThat(consume.inputReader().readLine()).isEqualTo("one");

            consume.destroy();

            assertThat(ServerProcess.exitCode(consume)).isZero();
        }
    }

    /** A port where somebody accepts and never says a word, as a server does that is stopped or gone. */
    @ParameterizedTest
    @ValueSource(strings = {"produce silence", "perf produce", "topic list"})
    void endsWithOneLineWhenItIsStoppedWhileTheServerIsSilent(String command) throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            List<String> words = new ArrayList<>(List.of(command.split(" ")));
            words.addAll(List.of("-s", "127.0.0.1:" + silent.getLocalPort()));
            Process process =
                    ServerProcess.command(words.toArray(String[]::new)).start();
            process.getOutputStream().write("one\n".getBytes(UTF_8));
            process.getOutputStream().flush();
            silent.accept();
            silent.accept(); // the first one is only to see whether somebody listens

            process.toHandle().destroy(); // Process.destroy() would close what it has said

            assertThat(ServerProcess.exitCode(process)).isEqualTo(130);
            assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8))
                    .startsWith("penstock: stopped while 127.0.0.1:" + silent.getLocalPort() + " did not answer")
                    .hasLineCount(1);
        }
    }

    @Test
    void refusesADirectoryThatIsInUse() throws IOException {
        Path data = directory.resolve("data");
        try (ServerProcess server = ServerProcess.start(data)) {
            Process second = ServerProcess.command("server", "--data", data.toString(), "--listen", "127.0.0.1:0")
                    .start();

            assertThat(ServerProcess.exitCode(second)).isEqualTo(1);
            assertThat(new String(second.getErrorStream().readAllBytes(), UTF_8))
                    .contains(data.toString(), "DIRECTORY_LOCKED");
            assertThat(CommandRun.of("topic", "list", "-s", server.address()).exitCode())
                    .as("the first goes on")
                    .isZero();
        }
    }

    @Test
    void refusesAConfigurationThatItDoesNotKnow() throws IOException {
        Path config = Files.writeString(directory.resolve("broker.properties"), "no.such.setting=1\n");

        CommandRun run = CommandRun.of("server", "--config", config.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("no.such.setting", "INVALID_CONFIG");
        assertThat(CommandRun.of("server", "--config", "nowhere").err())
                .contains("can't read nowhere: it does not exist");
    }

    @Test
    void saysInPlainWordsWhyItsDirectoryCannotBeUsed() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");

        CommandRun run = CommandRun.of("server", "--data", file.resolve("data").toString(), "--listen", "127.0.0.1:0");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("can't be used: ", "STORAGE_ERROR")
                .doesNotContain("java.")
                .hasLineCount(1);
    }

    private static int produce(ServerProcess server, String lines) throws IOException {
        Process produce = ServerProcess.command("produce", "lines", "-p", "0", "-s", server.address())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (OutputStream input = produce.getOutputStream()) {
            input.write(lines.getBytes(UTF_8));
        }
        return ServerProcess.exitCode(produce);
    }
}

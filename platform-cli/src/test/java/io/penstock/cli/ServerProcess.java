package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A penstock command as a process of its own, from the classes of this build. */
final class ServerProcess implements AutoCloseable {

    private static final String READY = "ready at penstock://";
    private static final long EXIT_TIMEOUT_SECONDS = 60;

    private final Process process;
    private final String address;

    private ServerProcess(Process process, String address) {
        this.process = process;
        this.address = address;
    }

    /** Starts a server on a free port and waits until it says that it is ready. */
    static ServerProcess start(Path data, String... options) throws IOException {
        Process process = launch(data, options);
        BufferedReader out = process.inputReader();
        String line = out.readLine();
        assertThat(line).as("the first line of the server").startsWith(READY);
        return new ServerProcess(process, line.substring(READY.length()).trim());
    }

    /** Starts a server on a free port and waits for nothing. */
    static Process launch(Path data, String... options) throws IOException {
        List<String> line = new ArrayList<>(List.of("server", "--data", data.toString(), "--listen", "127.0.0.1:0"));
        line.addAll(List.of(options));
        return command(line.toArray(String[]::new))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** A process that runs a command line, which may begin with options of the JVM; its streams are pipes. */
    static ProcessBuilder command(String... arguments) {
        List<String> options = Arrays.stream(arguments)
                .takeWhile(word -> word.startsWith("-X"))
                .toList();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xshare:auto");
        command.addAll(options);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add("io.penstock.cli.Penstock");
        command.addAll(List.of(arguments).subList(options.size(), arguments.length));
        return new ProcessBuilder(command);
    }

    /** Host and port. */
    String address() {
        return address;
    }

    /** Ends it as kill -9 does, and waits until it is gone. */
    void kill() {
        kill(process);
    }

    /** Lets a process live so long and no longer; false if it ended by itself. */
    static boolean killAfter(Process process, Duration life) throws InterruptedException {
        boolean endedItself = process.waitFor(life.toNanos(), TimeUnit.NANOSECONDS);
        kill(process);
        return !endedItself;
    }

    /** As {@link #killAfter(Process, Duration)}. */
    boolean killAfter(Duration life) throws InterruptedException {
        return killAfter(process, life);
    }

    private static void kill(Process process) {
        exitCode(process.destroyForcibly());
    }

    /** Asks it to stop as SIGTERM does; returns its exit code. */
    int terminate() {
        process.destroy();
        return exitCode(process);
    }

    /** Waits for the end of a process. */
    static int exitCode(Process process) {
        return process.onExit()
                .orTimeout(EXIT_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .join()
                .exitValue();
    }

    @Override
    public void close() {
        kill();
    }
}

package io.penstock.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that was started, with its standard output and error in files. What it uses is read from {@code /proc} while it
 * runs, often enough that what the last reading misses does not matter.
 */
final class ChildProcess implements AutoCloseable {

    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final int QUOTED_LINES = 20;

    private final String name;
    private final Process process;
    private final Path out;
    private final Path errors;
    /** Ends it with this process, however that ends. */
    private final Thread guard;

    private ProcessUsage usage = new ProcessUsage(0, 0);

    private ChildProcess(String name, Process process, Path out, Path errors) {
        this.name = name;
        this.process = process;
        this.out = out;
        this.errors = errors;
        this.guard = new Thread(process::destroyForcibly);
    }

    /** @param directory for its output */
    static ChildProcess start(Path directory, String name, List<String> command) {
        Path out = directory.resolve(name + ".out");
        Path errors = directory.resolve(name + ".err");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectInput(ProcessBuilder.Redirect.PIPE)
                    .redirectOutput(out.toFile())
                    .redirectError(errors.toFile())
                    .start();
            ChildProcess child = new ChildProcess(name, process, out, errors);
            Runtime.getRuntime().addShutdownHook(child.guard);
            return child;
        } catch (IOException e) {
            throw new ComparisonFailure("can't start " + name + ": " + String.join(" ", command), e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Takes what it has used so far; true if it has ended, or ends within the time. */
    boolean observe(Duration atMost) {
        ProcFiles.usage(process.pid()).ifPresent(seen -> usage = seen);
        try {
            return process.waitFor(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ComparisonFailure("interrupted while " + name + " was running", e);
        }
    }

    /** What it had used when it was last observed. */
    ProcessUsage usage() {
        return usage;
    }

    /** @throws ComparisonFailure if it has not ended, or with another exit code than 0 */
    void checkThatItSucceeded() {
        if (process.isAlive() || process.exitValue() != 0) {
            throw failed(process.isAlive() ? "has not ended" : "ended with exit code " + process.exitValue());
        }
    }

    /** That something is wrong with it; with the last that it wrote. */
    ComparisonFailure failed(String what) {
        return new ComparisonFailure(name + " " + what + "; its output is " + out + " and " + errors + "\n"
                + lastLines(out) + lastLines(errors));
    }

    /** What it has written to standard output. */
    String output() {
        try {
            return Files.readString(out);
        } catch (IOException e) {
            throw new ComparisonFailure("can't read " + out, e);
        }
    }

    private static String lastLines(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - QUOTED_LINES), lines.size())) + "\n";
        } catch (IOException e) {
            return "";
        }
    }

    /** Asks it to end, as SIGTERM does, and makes it if it does not. */
    @Override
    public void close() {
        process.destroy();
        if (!observe(GRACE)) {
            process.destroyForcibly();
            process.onExit().join();
        }
        Runtime.getRuntime().removeShutdownHook(guard);
    }
}

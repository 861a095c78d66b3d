package io.penstock.cli.terminal;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * The streams and surroundings of one run of a command.
 *
 * <p>{@link #bytes()} is for data: it throws when it can't write. {@link #out()} and {@link #err()} are for words. Both
 * of the former go to standard output; a command uses one of them.
 */
public final class Terminal {

    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int DEFAULT_COLUMNS = 100;

    private final InputStream in;
    private final WatchedOutput bytes;
    private final PrintStream out;
    private final PrintStream err;
    private final boolean outInteractive;
    private final boolean errInteractive;
    private final int columns;
    private final Map<String, String> environment;
    private final StopRequest stop = new StopRequest();

    private Terminal(
            InputStream in,
            OutputStream out,
            OutputStream err,
            boolean outInteractive,
            boolean errInteractive,
            int columns,
            Map<String, String> environment) {
        this.in = in;
        this.bytes = new WatchedOutput(out);
        this.out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        this.err = new PrintStream(err, true, StandardCharsets.UTF_8);
        this.outInteractive = outInteractive;
        this.errInteractive = errInteractive;
        this.columns = columns;
        this.environment = Map.copyOf(environment);
    }

    /**
     * The process's own. Java 17 can't tell whether a single stream is a terminal, so the start script tells: system
     * property {@code penstock.terminal} lists the streams that are ({@code out}, {@code err}), and
     * {@code penstock.columns} the width.
     */
    public static Terminal ofProcess() {
        String interactive = System.getProperty("penstock.terminal", "");
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER_BYTES),
                new FileOutputStream(FileDescriptor.err),
                interactive.contains("out"),
                interactive.contains("err"),
                Integer.getInteger("penstock.columns", DEFAULT_COLUMNS),
                System.getenv());
    }

    /** One that is no terminal, over given streams. */
    public static Terminal of(InputStream in, OutputStream out, OutputStream err, Map<String, String> environment) {
        return new Terminal(in, out, err, false, false, DEFAULT_COLUMNS, environment);
    }

    /** As {@link #of}, but both outputs are taken for a terminal of a person. */
    public static Terminal interactive(
            InputStream in, OutputStream out, OutputStream err, Map<String, String> environment) {
        return new Terminal(in, out, err, true, true, DEFAULT_COLUMNS, environment);
    }

    public InputStream in() {
        return in;
    }

    /** Standard output for data; buffered, so flush it; throws when it can't write. */
    public OutputStream bytes() {
        return bytes;
    }

    /** Standard output for words; flushed at each line. */
    public PrintStream out() {
        return out;
    }

    public PrintStream err() {
        return err;
    }

    /**
     * Flushes both outputs.
     *
     * @throws CommandFailure if not everything could be written to standard output, for another reason than that its
     *     reader has gone
     */
    public void finish() {
        out.flush();
        err.flush();
        IOException failure = bytes.failure();
        if (failure != null) {
            throw new CommandFailure("can't write to standard output: " + Words.of(failure), failure);
        }
    }

    /** Whether writing failed because nobody reads any more, as {@code head} does it. */
    public static boolean isReaderGone(IOException failure) {
        return WatchedOutput.isReaderGone(failure);
    }

    /** Whether standard output is a terminal, so that what is there can be drawn over. */
    public boolean isOutInteractive() {
        return outInteractive;
    }

    /** Whether standard error is a terminal, so that progress is welcome there. */
    public boolean isErrInteractive() {
        return errInteractive;
    }

    /** Width in characters. */
    public int columns() {
        return columns;
    }

    /** A variable of the environment that is set and not empty. */
    public Optional<String> environment(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
    }

    /** The user's wish that the command end (Ctrl-C, or SIGTERM). */
    public StopRequest stop() {
        return stop;
    }
}

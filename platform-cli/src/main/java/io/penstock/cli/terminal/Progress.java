package io.penstock.cli.terminal;

import java.util.List;

/**
 * One line on standard error that tells a person how far a command is, at most five times a second; nothing when
 * standard error is no terminal. Not thread-safe.
 */
public final class Progress {

    private static final long INTERVAL_NANOS = 200_000_000;
    private static final int FAST_EVERY = 4096;

    private final boolean visible;
    private final LiveBlock line;
    private final long startNanos;
    private long shownNanos;

    public Progress(Terminal terminal, long nowNanos) {
        visible = terminal.isErrInteractive();
        line = new LiveBlock(terminal.err(), terminal.columns());
        startNanos = nowNanos;
        shownNanos = nowNanos;
    }

    /** Shows amounts if the last time is long enough ago. */
    public void update(long records, long bytes, long nowNanos) {
        if (visible && nowNanos - shownNanos >= INTERVAL_NANOS) {
            shownNanos = nowNanos;
            show(records, bytes, nowNanos);
        }
    }

    /** The same for amounts that grow one by one and fast, for which a look at the clock each time would take too long. */
    public void updateNowAndThen(long records, long bytes) {
        if (records % FAST_EVERY == 0) {
            update(records, bytes, System.nanoTime());
        }
    }

    /** Shows the final amounts. */
    public void finish(long records, long bytes, long nowNanos) {
        if (visible) {
            show(records, bytes, nowNanos);
        }
    }

    private void show(long records, long bytes, long nowNanos) {
        long elapsed = nowNanos - startNanos;
        line.draw(List.of(String.format(
                "%s records, %s, %s, %s",
                Figures.count(records),
                Figures.bytes(bytes),
                Figures.perSecond(Figures.rate(records, elapsed)),
                Figures.bytesPerSecond(Figures.rate(bytes, elapsed)))));
    }
}

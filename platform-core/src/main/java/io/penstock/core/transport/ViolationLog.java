package io.penstock.core.transport;

import java.net.SocketAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Counts the connections that are closed for what their peers did, and writes one line for each: in a minute no more
 * than a few of one kind, or whoever connects again and again fills the disk with lines. Safe for any thread.
 */
final class ViolationLog {

    /** So many lines of one kind are written in a minute; the rest is counted. */
    static final int LINES_A_MINUTE = 10;

    private static final Logger LOG = LoggerFactory.getLogger(ViolationLog.class);
    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final TransportMetrics metrics;
    private final LongSupplier nanoTime;
    private final Level level;
    private final Map<Violation, Minute> minutes = new EnumMap<>(Violation.class);

    /** @param level of the lines: a client tells its user by errors and events, and needs none besides */
    ViolationLog(TransportMetrics metrics, LongSupplier nanoTime, Level level) {
        this.metrics = metrics;
        this.nanoTime = nanoTime;
        this.level = level;
        for (Violation violation : Violation.values()) {
            minutes.put(violation, new Minute(nanoTime.getAsLong()));
        }
    }

    /** Called once for a connection, right before it is closed. */
    void closing(@Nullable SocketAddress remote, Violation violation, String reason) {
        metrics.violations(violation).increment();
        Line line = Objects.requireNonNull(minutes.get(violation)).next(nanoTime.getAsLong());
        if (line.isWritten()) {
            LOG.atLevel(level).log("Closing the connection with {}: {}{}", remote, reason, line.addition());
        }
    }

    /** Whether the line of a connection is written, and what is said after it. */
    private record Line(boolean isWritten, String addition) {

        static final Line LEFT_OUT = new Line(false, "");
        static final Line WRITTEN = new Line(true, "");
    }

    /** The lines of one kind since a minute began. */
    private static final class Minute {

        private long startNanos;
        private int lines;
        private long leftOut;

        Minute(long startNanos) {
            this.startNanos = startNanos;
        }

        synchronized Line next(long nowNanos) {
            if (nowNanos - startNanos >= MINUTE_NANOS) {
                startNanos = nowNanos;
                lines = 0;
            }
            if (lines == LINES_A_MINUTE) {
                leftOut++;
                return Line.LEFT_OUT;
            }
            lines++;
            if (leftOut > 0) {
                Line line = new Line(true, "; " + leftOut + " connections before it were closed for the like");
                leftOut = 0;
                return line;
            }
            return Line.WRITTEN;
        }
    }
}

package io.penstock.cli.perf;

import io.penstock.cli.terminal.Figures;
import java.time.Duration;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * How long records take from being handed to the producer to their result. Every 64th is timed; results come in the
 * order of the records, so their number is enough to find the time at which one left.
 *
 * <p>{@link #sent} and {@link #answered} may be called by two threads, one each; a result of a record follows its
 * sending through the producer, which makes the time visible.
 */
final class Latencies {

    private static final int EVERY = 64;
    private static final long HIGHEST_NANOS = Duration.ofMinutes(10).toNanos();

    private final Histogram histogram = new Histogram(HIGHEST_NANOS, 3);
    private final long[] sentNanos;

    Latencies(long records) {
        sentNanos = new long[Math.toIntExact(records / EVERY + 1)];
    }

    void sent(long number) {
        if (number % EVERY == 0) {
            sentNanos[(int) (number / EVERY)] = System.nanoTime();
        }
    }

    void answered(long number) {
        if (number % EVERY == 0) {
            long nanos = System.nanoTime() - sentNanos[(int) (number / EVERY)];
            histogram.recordValue(Math.min(HIGHEST_NANOS, Math.max(1, nanos)));
        }
    }

    /** Percentiles in one line. */
    String describe() {
        return String.format(
                Locale.ROOT,
                "latency p50 %s, p95 %s, p99 %s, p99.9 %s, max %s",
                at(50),
                at(95),
                at(99),
                at(99.9),
                at(100));
    }

    private String at(double percentile) {
        return Figures.duration(Duration.ofNanos(histogram.getValueAtPercentile(percentile)));
    }
}

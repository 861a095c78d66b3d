package io.penstock.cli.perf;

import io.penstock.cli.terminal.Figures;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** How long things took, from 1 ns to 10 minutes with three digits. Not thread-safe. */
public final class Latencies {

    private static final long HIGHEST_NANOS = Duration.ofMinutes(10).toNanos();

    private final Histogram histogram = new Histogram(HIGHEST_NANOS, 3);

    /** Adds one; what is out of the range counts as its end. */
    public void record(long nanos) {
        histogram.recordValue(Math.min(HIGHEST_NANOS, Math.max(1, nanos)));
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

    /** The same in nanoseconds by name. */
    public Map<String, Long> nanos() {
        Map<String, Long> nanos = new LinkedHashMap<>();
        nanos.put("p50", histogram.getValueAtPercentile(50));
        nanos.put("p95", histogram.getValueAtPercentile(95));
        nanos.put("p99", histogram.getValueAtPercentile(99));
        nanos.put("p99.9", histogram.getValueAtPercentile(99.9));
        nanos.put("max", histogram.getMaxValue());
        return nanos;
    }

    private String at(double percentile) {
        return Figures.duration(Duration.ofNanos(histogram.getValueAtPercentile(percentile)));
    }
}

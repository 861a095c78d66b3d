package io.penstock.benchmarks.compare;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/** What one run gave. Not thread-safe. */
final class Sample {

    private final Map<Metric, Double> values = new EnumMap<>(Metric.class);

    Sample with(Metric metric, double value) {
        values.put(metric, value);
        return this;
    }

    /** Rates of what a tool has reported. */
    Sample withRates(ToolReport report) {
        return with(Metric.RECORDS_PER_SECOND, report.recordsPerSecond())
                .with(Metric.BYTES_PER_SECOND, report.bytesPerSecond());
    }

    /** Percentiles that a tool has reported, if any. */
    Sample withLatencies(ToolReport report) {
        report.latencyMillis().forEach(values::put);
        return this;
    }

    Map<Metric, Double> values() {
        return Collections.unmodifiableMap(values);
    }
}

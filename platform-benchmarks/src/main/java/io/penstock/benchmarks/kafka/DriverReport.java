package io.penstock.benchmarks.kafka;

import io.penstock.cli.perf.Latencies;
import io.penstock.cli.perf.RateReport;
import java.util.Map;

/**
 * What was measured, in the form in which {@code penstock perf} says it too.
 *
 * @param latencyNanos percentiles by name; empty if none were measured
 * @param missing offsets that were left out
 * @param repeated records that came again, or after later ones
 * @param fingerprint of the values that were received; 0 if none were
 */
record DriverReport(RateReport rate, Map<String, Long> latencyNanos, long missing, long repeated, long fingerprint) {

    static DriverReport of(RateReport rate, Latencies latencies) {
        return new DriverReport(rate, latencies.nanos(), 0, 0, 0);
    }
}

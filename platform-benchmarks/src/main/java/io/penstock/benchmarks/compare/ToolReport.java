package io.penstock.benchmarks.compare;

import java.util.Map;
import java.util.Optional;

/**
 * What a client says that it measured.
 *
 * @param records how many it counted
 * @param bytes of values
 * @param recordsPerSecond its rate
 * @param latencyMillis percentiles; empty if it measured none
 * @param received what it found out about what it received; empty if it looked at nothing but the count
 */
record ToolReport(
        long records,
        long bytes,
        double recordsPerSecond,
        Map<Metric, Double> latencyMillis,
        Optional<Received> received) {

    /**
     * What a client saw.
     *
     * @param missing offsets that were left out
     * @param repeated records that came again, or after later ones
     * @param fingerprint of the values
     */
    record Received(long missing, long repeated, long fingerprint) {}

    double bytesPerSecond() {
        return records == 0 ? 0 : recordsPerSecond * bytes / records;
    }
}

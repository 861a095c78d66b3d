package io.penstock.benchmarks.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.cli.terminal.Figures;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Reads reports in the form of {@code penstock perf}. */
final class JsonReports {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double NANOS_PER_MILLI = 1e6;
    private static final Map<String, Metric> PERCENTILES = Map.of(
            "p50", Metric.P50_MILLIS, "p99", Metric.P99_MILLIS, "p99.9", Metric.P999_MILLIS, "max", Metric.MAX_MILLIS);

    private JsonReports() {}

    static JsonNode parse(String output) {
        try {
            return JSON.readTree(output);
        } catch (JsonProcessingException e) {
            throw new ComparisonFailure("this is no report: " + output, e);
        }
    }

    static ToolReport read(String output) {
        JsonNode report = parse(output);
        JsonNode rate = report.path("rate");
        if (rate.isMissingNode()) {
            throw new ComparisonFailure("this is no report: " + output);
        }
        long records = rate.path("records").asLong();
        double perSecond = Figures.rate(records, rate.path("nanos").asLong());
        return new ToolReport(
                records,
                rate.path("bytes").asLong(),
                perSecond,
                latencies(report.path("latencyNanos")),
                received(report));
    }

    private static Map<Metric, Double> latencies(JsonNode nanos) {
        Map<Metric, Double> millis = new EnumMap<>(Metric.class);
        PERCENTILES.forEach((name, metric) -> {
            if (nanos.has(name)) {
                millis.put(metric, nanos.get(name).asLong() / NANOS_PER_MILLI);
            }
        });
        return millis;
    }

    private static Optional<ToolReport.Received> received(JsonNode report) {
        if (report.path("fingerprint").asLong() == 0) {
            return Optional.empty();
        }
        return Optional.of(new ToolReport.Received(
                report.path("missing").asLong(),
                report.path("repeated").asLong(),
                report.path("fingerprint").asLong()));
    }
}

package io.penstock.benchmarks.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The samples of a workload, by contender and round. Not thread-safe. */
final class WorkloadResult {

    private final Workload workload;
    private final Map<Contender, List<Sample>> samples = new LinkedHashMap<>();

    WorkloadResult(Workload workload) {
        this.workload = workload;
        workload.contenders().forEach(contender -> samples.put(contender, new ArrayList<>()));
    }

    void add(Contender contender, Sample sample) {
        samplesOf(contender).add(sample);
    }

    Workload workload() {
        return workload;
    }

    List<Sample> samplesOf(Contender contender) {
        return samples.getOrDefault(contender, List.of());
    }

    /** What a contender's samples say of a metric; empty if it has none. */
    Optional<Summary> summary(Contender contender, Metric metric) {
        List<Double> values = samplesOf(contender).stream()
                .map(sample -> sample.values().get(metric))
                .filter(value -> value != null)
                .toList();
        return values.isEmpty() ? Optional.empty() : Optional.of(Summary.of(values));
    }

    /** What the workload is about. */
    Metric headline() {
        return switch (workload.kind()) {
            case LATENCY -> Metric.P99_MILLIS;
            case EMBEDDED -> Metric.START_MILLIS;
            default -> Metric.RECORDS_PER_SECOND;
        };
    }
}

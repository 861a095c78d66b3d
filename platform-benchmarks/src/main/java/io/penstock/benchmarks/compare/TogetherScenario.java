package io.penstock.benchmarks.compare;

import java.util.List;

/** Sends into a topic of its own, and reads it at the same time in another process. */
final class TogetherScenario implements Scenario {

    private final Load load;
    private final Bench bench;
    private final long fingerprint;
    private final TopicPerRun topics;

    TogetherScenario(Workload workload, Bench bench) {
        this.load = workload.load();
        this.bench = bench;
        this.fingerprint = new SentValues(load, load.records()).fingerprint();
        this.topics = new TopicPerRun(workload, bench);
    }

    @Override
    public Sample measure(Contender contender) {
        return topics.measure(contender, target -> produceAndConsume(contender, target));
    }

    private Sample produceAndConsume(Contender contender, Tool.Target target) {
        Tool tool = bench.tool(contender);
        Sample sample = new Sample();
        List<ToolReport> reports = bench.runTogether(
                contender, List.of(tool.produce(target, load), tool.consume(target, load)), load, sample);
        ToolReport produced = reports.get(0);
        ToolReport consumed = reports.get(1);
        Checks.received(contender, consumed, fingerprint);
        Bench.addCostOfBytes(sample, produced.bytes());
        return sample.withRates(produced)
                .withLatencies(produced)
                .with(Metric.CONSUMED_PER_SECOND, consumed.recordsPerSecond());
    }
}

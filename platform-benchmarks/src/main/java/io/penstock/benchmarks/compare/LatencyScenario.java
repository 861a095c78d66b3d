package io.penstock.benchmarks.compare;

/** Sends and receives at a pace through a topic of its own, beside connections that do nothing. */
final class LatencyScenario implements Scenario {

    private final Load load;
    private final Bench bench;
    private final TopicPerRun topics;

    LatencyScenario(Workload workload, Bench bench) {
        this.load = workload.load();
        this.bench = bench;
        this.topics = new TopicPerRun(workload, bench);
    }

    @Override
    public Sample measure(Contender contender) {
        return topics.measure(contender, target -> sendAndReceive(contender, target));
    }

    private Sample sendAndReceive(Contender contender, Tool.Target target) {
        int others = load.readers() - 1;
        try (IdleClients idle = IdleClients.start(bench, contender.system(), target.topic(), others)) {
            Sample sample = new Sample();
            ToolReport report = bench.run(contender, bench.tool(contender).latency(target, load), load, sample);
            idle.check();
            return sample.withRates(report).withLatencies(report);
        }
    }
}

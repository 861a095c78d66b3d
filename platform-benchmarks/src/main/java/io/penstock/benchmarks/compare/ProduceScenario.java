package io.penstock.benchmarks.compare;

/** Sends into a topic of its own, and holds the topic against what was sent. */
final class ProduceScenario implements Scenario {

    private final Load load;
    private final Bench bench;
    private final SentValues sent;
    private final TopicPerRun topics;

    ProduceScenario(Workload workload, Bench bench) {
        this.load = workload.load();
        this.bench = bench;
        this.sent = new SentValues(load, load.total());
        this.topics = new TopicPerRun(workload, bench);
    }

    @Override
    public Sample measure(Contender contender) {
        return topics.measure(contender, target -> produce(contender, target));
    }

    private Sample produce(Contender contender, Tool.Target target) {
        Sample sample = new Sample();
        ToolReport report = bench.run(contender, bench.tool(contender).produce(target, load), load, sample);
        LogCheck.check(bench.broker(contender.system()), target.topic(), load.partitions(), sent);
        Bench.addCostOfBytes(sample, load.total() * load.values().bytes());
        return sample.withRates(report).withLatencies(report);
    }
}

package io.penstock.benchmarks.compare;

import java.util.List;

/** Sends into a topic of its own, and holds the topic against what was sent. */
final class ProduceScenario implements Scenario {

    private final Load load;
    private final Bench bench;
    private final SentValues sent;
    private final TopicNames names;

    ProduceScenario(Workload workload, Bench bench) {
        this.load = workload.load();
        this.bench = bench;
        this.sent = new SentValues(load.values(), load.total());
        this.names = new TopicNames(workload.name());
    }

    @Override
    public Sample measure(Contender contender) {
        String topic = names.next();
        BrokerProcess broker = bench.broker(contender.system());
        broker.createTopic(topic, load);
        try {
            Tool tool = bench.tool(contender);
            Sample sample = new Sample();
            String output = bench.run(contender, List.of(tool.produce(bench.target(contender, topic), load)), sample)
                    .get(0);
            ToolReport report = tool.read(output, load);
            Checks.counts(contender, report, load.records(), load);
            LogCheck check = new LogCheck(topic, load.partitions(), sent);
            broker.read(topic, check);
            check.complete();
            Bench.addCostOfBytes(sample, load.total() * load.values().bytes());
            return sample.withRates(report).withLatencies(report);
        } finally {
            broker.deleteTopic(topic);
        }
    }

    @Override
    public void close() {}
}

package io.penstock.benchmarks.compare;

import java.util.List;

/** Sends and receives at a pace through a topic of its own, beside connections that do nothing. */
final class LatencyScenario implements Scenario {

    private final Load load;
    private final Bench bench;
    private final TopicNames names;

    LatencyScenario(Workload workload, Bench bench) {
        this.load = workload.load();
        this.bench = bench;
        this.names = new TopicNames(workload.name());
    }

    @Override
    public Sample measure(Contender contender) {
        String topic = names.next();
        BrokerProcess broker = bench.broker(contender.system());
        broker.createTopic(topic, load);
        try (IdleClients idle = IdleClients.start(bench, contender.system(), topic, load.readers() - 1)) {
            Tool tool = bench.tool(contender);
            Sample sample = new Sample();
            String output = bench.run(contender, List.of(tool.latency(bench.target(contender, topic), load)), sample)
                    .get(0);
            idle.check();
            ToolReport report = tool.read(output, load);
            Checks.counts(contender, report, load.records(), load);
            return sample.withRates(report).withLatencies(report);
        } finally {
            broker.deleteTopic(topic);
        }
    }

    @Override
    public void close() {}
}

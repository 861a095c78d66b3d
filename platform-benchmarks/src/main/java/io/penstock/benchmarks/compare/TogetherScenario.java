package io.penstock.benchmarks.compare;

import java.util.List;

/** Sends into a topic, and reads it at the same time in another process. */
final class TogetherScenario implements Scenario {

    private final Load load;
    private final Bench bench;
    private final long fingerprint;
    private final TopicNames names;

    TogetherScenario(Workload workload, Bench bench) {
        this.load = workload.load();
        this.bench = bench;
        this.fingerprint = new SentValues(load.values(), load.records()).fingerprint();
        this.names = new TopicNames(workload.name());
    }

    @Override
    public Sample measure(Contender contender) {
        String topic = names.next();
        BrokerProcess broker = bench.broker(contender.system());
        broker.createTopic(topic, load);
        try {
            Tool tool = bench.tool(contender);
            Tool.Target target = bench.target(contender, topic);
            Sample sample = new Sample();
            List<String> outputs =
                    bench.run(contender, List.of(tool.produce(target, load), tool.consume(target, load)), sample);
            ToolReport produced = tool.read(outputs.get(0), load);
            ToolReport consumed = tool.read(outputs.get(1), load);
            Checks.counts(contender, produced, load.records(), load);
            Checks.counts(contender, consumed, load.records(), load);
            Checks.received(contender, consumed, fingerprint);
            Bench.addCostOfBytes(sample, produced.bytes());
            return sample.withRates(produced)
                    .withLatencies(produced)
                    .with(Metric.CONSUMED_PER_SECOND, consumed.recordsPerSecond());
        } finally {
            broker.deleteTopic(topic);
        }
    }

    @Override
    public void close() {}
}

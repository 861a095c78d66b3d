package io.penstock.benchmarks.compare;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Reads a topic again and again that each system's own producer has filled with the same records. */
final class ConsumeScenario implements Scenario {

    private final Load load;
    private final Bench bench;
    private final boolean isCold;
    private final SentValues sent;
    private final long fingerprint;
    private final TopicNames names;
    private final Map<MeasuredSystem, String> topics = new EnumMap<>(MeasuredSystem.class);

    /** @param isCold whether nothing of the log is in the page cache when it is read */
    ConsumeScenario(Workload workload, Bench bench, boolean isCold) {
        this.load = workload.load();
        this.bench = bench;
        this.isCold = isCold;
        this.sent = new SentValues(load.values(), load.records());
        this.fingerprint = sent.fingerprint() * load.readers();
        this.names = new TopicNames(workload.name());
    }

    @Override
    public Sample measure(Contender contender) {
        String topic = topics.computeIfAbsent(contender.system(), this::fill);
        if (isCold) {
            Bench.sync();
            ProcFiles.dropPageCache();
        }
        Tool tool = bench.tool(contender);
        Sample sample = new Sample();
        String output = bench.run(contender, List.of(tool.consume(bench.target(contender, topic), load)), sample)
                .get(0);
        ToolReport report = tool.read(output, load);
        Checks.counts(contender, report, load.records() * load.readers(), load);
        Checks.received(contender, report, fingerprint);
        Bench.addCostOfBytes(sample, report.bytes());
        return sample.withRates(report);
    }

    private String fill(MeasuredSystem system) {
        String topic = names.next();
        Contender producer = system == MeasuredSystem.KAFKA ? Contender.KAFKA_TOOLS : Contender.PENSTOCK;
        BrokerProcess broker = bench.broker(system);
        broker.createTopic(topic, load);
        bench.run(producer, List.of(bench.tool(producer).produce(bench.target(producer, topic), load)), new Sample());
        LogCheck check = new LogCheck(topic, load.partitions(), sent);
        broker.read(topic, check);
        check.complete();
        return topic;
    }

    @Override
    public void close() {
        topics.forEach((system, topic) -> bench.broker(system).deleteTopic(topic));
    }
}

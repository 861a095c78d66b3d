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
        this.sent = new SentValues(load, load.records());
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
        Sample sample = new Sample();
        List<String> command = bench.tool(contender).consume(bench.target(contender, topic), load);
        Load readByAll = load.withRecords(load.records() * load.readers());
        ToolReport report = bench.run(contender, command, readByAll, sample);
        Checks.received(contender, report, fingerprint);
        Bench.addCostOfBytes(sample, report.bytes());
        return sample.withRates(report);
    }

    private String fill(MeasuredSystem system) {
        String topic = names.next();
        Contender producer = system == MeasuredSystem.KAFKA ? Contender.KAFKA_TOOLS : Contender.PENSTOCK;
        BrokerProcess broker = bench.broker(system);
        broker.createTopic(topic, load);
        List<String> command = bench.tool(producer).produce(bench.target(producer, topic), load);
        bench.run(producer, command, load, new Sample());
        LogCheck.check(broker, topic, load.partitions(), sent);
        return topic;
    }

    @Override
    public void close() {
        topics.forEach((system, topic) -> bench.broker(system).deleteTopic(topic));
    }
}

package io.penstock.benchmarks.compare;

import java.util.function.Function;

/** Gives each run of a workload a topic of its own, which is gone after it. */
final class TopicPerRun {

    private final Load load;
    private final Bench bench;
    private final TopicNames names;

    TopicPerRun(Workload workload, Bench bench) {
        this.load = workload.load();
        this.bench = bench;
        this.names = new TopicNames(workload.name());
    }

    /** Does a run with a new topic, and deletes the topic however the run ends. */
    Sample measure(Contender contender, Function<Tool.Target, Sample> run) {
        String topic = names.next();
        BrokerProcess broker = bench.broker(contender.system());
        broker.createTopic(topic, load);
        try {
            return run.apply(bench.target(contender, topic));
        } finally {
            broker.deleteTopic(topic);
        }
    }
}

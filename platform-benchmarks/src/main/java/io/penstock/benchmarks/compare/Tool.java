package io.penstock.benchmarks.compare;

import java.util.List;

/** A client program: how it is started for a load, and how what it prints is read. */
interface Tool {

    /** Sends {@link Load#total()} records, and reports on the last {@link Load#records()}. */
    List<String> produce(Target target, Load load);

    /** Reads {@link Load#records()} of a topic, by {@link Load#readers()} consumers that read all of them each. */
    List<String> consume(Target target, Load load);

    /** Sends at the load's pace and receives; reports on all but the {@link Load#warmUp()}. */
    List<String> latency(Target target, Load load);

    /** @throws ComparisonFailure if that is no report */
    ToolReport read(String output, Load load);

    /**
     * A topic of a broker.
     *
     * @param address host and port
     */
    record Target(String address, String topic) {}
}

package io.penstock.benchmarks.compare;

/** A broker in a process of its own, with an empty log at its start. Closing ends it. */
interface BrokerProcess extends AutoCloseable {

    long pid();

    /** Host and port. */
    String address();

    /** @throws ComparisonFailure if that does not work */
    void createTopic(String name, Load load);

    void deleteTopic(String name);

    /**
     * Reads a topic from its beginning to its end.
     *
     * @throws ComparisonFailure if no record comes for a minute
     */
    void read(String topic, LogReader reader);

    /** How it was started, for the report. */
    String description();

    @Override
    void close();

    /** Sees each record of a topic; those of a partition in their order. */
    interface LogReader {

        void onRecord(int partition, long offset, byte[] value);
    }
}

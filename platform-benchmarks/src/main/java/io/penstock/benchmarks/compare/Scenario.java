package io.penstock.benchmarks.compare;

/** What is done in a workload, by each contender in each round. Closing removes what it made for all rounds. */
interface Scenario extends AutoCloseable {

    /**
     * Measures a contender once, and checks what it did.
     *
     * @throws ComparisonFailure if it did not do what it was to do
     */
    Sample measure(Contender contender);

    @Override
    default void close() {}

    static Scenario of(Workload workload, Bench bench) {
        return switch (workload.kind()) {
            case PRODUCE -> new ProduceScenario(workload, bench);
            case CONSUME -> new ConsumeScenario(workload, bench, false);
            case CONSUME_COLD -> new ConsumeScenario(workload, bench, true);
            case PRODUCE_AND_CONSUME -> new TogetherScenario(workload, bench);
            case LATENCY -> new LatencyScenario(workload, bench);
            case EMBEDDED -> new EmbeddedScenario(workload, bench);
        };
    }
}

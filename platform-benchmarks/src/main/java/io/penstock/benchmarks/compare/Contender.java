package io.penstock.benchmarks.compare;

/** A system with the client that drives it. */
enum Contender {
    KAFKA_TOOLS("Kafka's tools", MeasuredSystem.KAFKA),
    KAFKA_CLIENTS("Kafka's clients", MeasuredSystem.KAFKA),
    REACTOR_KAFKA("reactor-kafka", MeasuredSystem.KAFKA),
    PENSTOCK("Penstock", MeasuredSystem.PENSTOCK),
    PENSTOCK_BATCHES("Penstock, receiveBatches()", MeasuredSystem.PENSTOCK),
    PENSTOCK_GROUP("Penstock, in a group", MeasuredSystem.PENSTOCK);

    private final String title;
    private final MeasuredSystem system;

    Contender(String title, MeasuredSystem system) {
        this.title = title;
        this.system = system;
    }

    String title() {
        return title;
    }

    MeasuredSystem system() {
        return system;
    }
}

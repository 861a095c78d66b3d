package io.penstock.benchmarks.compare;

import java.util.Map;

/** What an acknowledgement means on one broker, as the settings of a topic of each system say it. */
enum Durability {
    /** It is in the page cache: Kafka's default. */
    CACHED("in the page cache", Map.of("durability", "replicated"), Map.of()),
    /** It is on the device: Penstock's default. */
    FORCED("on the device", Map.of("durability", "fsync"), Map.of("flush.messages", "1")),
    /** Whatever each does if it is not told otherwise. */
    DEFAULT("as each does by default", Map.of(), Map.of());

    private final String words;
    private final Map<String, String> penstock;
    private final Map<String, String> kafka;

    Durability(String words, Map<String, String> penstock, Map<String, String> kafka) {
        this.words = words;
        this.penstock = penstock;
        this.kafka = kafka;
    }

    Map<String, String> topicSettings(MeasuredSystem system) {
        return system == MeasuredSystem.KAFKA ? kafka : penstock;
    }

    String describe() {
        return words;
    }
}

package io.penstock.benchmarks.compare;

import java.util.LinkedHashMap;
import java.util.Map;

/** Settings of Kafka's producers for a load. */
final class KafkaSettings {

    private KafkaSettings() {}

    static Map<String, String> ofProducer(Sending sending) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("acks", "all");
        settings.put("compression.type", sending.codec());
        sending.batchBytes().ifPresent(bytes -> settings.put("batch.size", String.valueOf(bytes)));
        sending.lingerMillis().ifPresent(millis -> settings.put("linger.ms", String.valueOf(millis)));
        return settings;
    }
}

package io.penstock.client.admin;

import io.penstock.core.model.TopicNames;
import java.util.HashMap;
import java.util.Map;

/**
 * A topic to be created.
 *
 * @param name the name
 * @param partitions how many, or -1 for the broker's default
 * @param replicationFactor how many replicas each, or -1 for the broker's default
 * @param settings overrides under Kafka's names
 */
public record NewTopic(String name, int partitions, int replicationFactor, Map<String, String> settings) {

    public NewTopic {
        TopicNames.check(name);
        settings = Map.copyOf(settings);
    }

    /** A topic with the broker's defaults. */
    public static NewTopic of(String name) {
        return new NewTopic(name, -1, -1, Map.of());
    }

    /** A topic with a number of partitions. */
    public static NewTopic of(String name, int partitions) {
        return new NewTopic(name, partitions, -1, Map.of());
    }

    public NewTopic withPartitions(int count) {
        return new NewTopic(name, count, replicationFactor, settings);
    }

    public NewTopic withSetting(String key, String value) {
        Map<String, String> more = new HashMap<>(settings);
        more.put(key, value);
        return new NewTopic(name, partitions, replicationFactor, more);
    }
}

package io.penstock.client.consumer;

import io.penstock.client.serialization.Deserializer;
import io.penstock.core.model.TopicNames;
import io.penstock.core.model.TopicPartition;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a consumer reads, and how. Immutable.
 *
 * @param <K> the keys' type
 * @param <V> the values' type
 */
public final class ConsumerOptions<K, V> {

    private final Deserializer<? extends K> keyDeserializer;
    private final Deserializer<? extends V> valueDeserializer;
    private final Set<String> topics;
    private final Set<TopicPartition> partitions;
    private final StartPosition startAt;
    private final Map<TopicPartition, StartPosition> startAtByPartition;
    private final FetchWindow window;
    private final OnOutOfRange onOutOfRange;

    private ConsumerOptions(Builder<K, V> builder) {
        keyDeserializer = builder.keyDeserializer;
        valueDeserializer = builder.valueDeserializer;
        topics = Set.copyOf(builder.topics);
        partitions = Set.copyOf(builder.partitions);
        startAt = builder.startAt;
        startAtByPartition = Map.copyOf(builder.startAtByPartition);
        window = builder.window;
        onOutOfRange = builder.onOutOfRange;
    }

    /** A builder that begins with the defaults; it still needs a topic or a partition. */
    public static <K, V> Builder<K, V> builder(
            Deserializer<? extends K> keyDeserializer, Deserializer<? extends V> valueDeserializer) {
        return new Builder<>(keyDeserializer, valueDeserializer);
    }

    public Deserializer<? extends K> keyDeserializer() {
        return keyDeserializer;
    }

    public Deserializer<? extends V> valueDeserializer() {
        return valueDeserializer;
    }

    /** Topics that are read whole, those of their partitions included that are added later. */
    public Set<String> topics() {
        return topics;
    }

    /** Single partitions. */
    public Set<TopicPartition> partitions() {
        return partitions;
    }

    /** Where a partition is begun. */
    public StartPosition startAt(TopicPartition partition) {
        return startAtByPartition.getOrDefault(partition, startAt);
    }

    public FetchWindow window() {
        return window;
    }

    public OnOutOfRange onOutOfRange() {
        return onOutOfRange;
    }

    /** Gathers options. Not safe for several threads. */
    public static final class Builder<K, V> {

        private final Deserializer<? extends K> keyDeserializer;
        private final Deserializer<? extends V> valueDeserializer;
        private final Set<String> topics = new LinkedHashSet<>();
        private final Set<TopicPartition> partitions = new LinkedHashSet<>();
        private final Map<TopicPartition, StartPosition> startAtByPartition = new HashMap<>();
        private StartPosition startAt = StartPosition.earliest();
        private FetchWindow window = FetchWindow.DEFAULTS;
        private OnOutOfRange onOutOfRange = OnOutOfRange.FAIL;

        private Builder(Deserializer<? extends K> keyDeserializer, Deserializer<? extends V> valueDeserializer) {
            this.keyDeserializer = Objects.requireNonNull(keyDeserializer, "keyDeserializer");
            this.valueDeserializer = Objects.requireNonNull(valueDeserializer, "valueDeserializer");
        }

        /** Adds whole topics. */
        public Builder<K, V> topics(String... names) {
            return topics(List.of(names));
        }

        /** Adds whole topics. */
        public Builder<K, V> topics(Collection<String> names) {
            names.forEach(TopicNames::check);
            topics.addAll(names);
            return this;
        }

        /** Adds single partitions. */
        public Builder<K, V> partitions(TopicPartition... added) {
            return partitions(List.of(added));
        }

        /** Adds single partitions. */
        public Builder<K, V> partitions(Collection<TopicPartition> added) {
            added.forEach(partition -> TopicNames.check(partition.topic()));
            partitions.addAll(added);
            return this;
        }

        /** Where to begin; {@link StartPosition#earliest()} by default. */
        public Builder<K, V> startAt(StartPosition position) {
            startAt = Objects.requireNonNull(position, "position");
            return this;
        }

        /** Where to begin in one partition. */
        public Builder<K, V> startAt(TopicPartition partition, StartPosition position) {
            startAtByPartition.put(partition, Objects.requireNonNull(position, "position"));
            return this;
        }

        /** How far brokers may send ahead; {@link FetchWindow#DEFAULTS} by default. */
        public Builder<K, V> window(FetchWindow value) {
            window = Objects.requireNonNull(value, "window");
            return this;
        }

        /** What to do about an offset that is not there; {@link OnOutOfRange#FAIL} by default. */
        public Builder<K, V> onOutOfRange(OnOutOfRange value) {
            onOutOfRange = Objects.requireNonNull(value, "onOutOfRange");
            return this;
        }

        /**
         * Ends the building.
         *
         * @throws IllegalArgumentException if neither a topic nor a partition was named
         */
        public ConsumerOptions<K, V> build() {
            if (topics.isEmpty() && partitions.isEmpty()) {
                throw new IllegalArgumentException("a consumer reads at least one topic or partition: name some");
            }
            return new ConsumerOptions<>(this);
        }
    }
}

package io.penstock.client.consumer;

import io.penstock.client.group.GroupOptions;
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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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
    private final Set<String> patterns;
    private final @Nullable GroupOptions group;

    private ConsumerOptions(Builder<K, V> builder) {
        keyDeserializer = builder.keyDeserializer;
        valueDeserializer = builder.valueDeserializer;
        topics = Set.copyOf(builder.topics);
        partitions = Set.copyOf(builder.partitions);
        startAt = builder.startAt;
        startAtByPartition = Map.copyOf(builder.startAtByPartition);
        window = builder.window;
        onOutOfRange = builder.onOutOfRange;
        patterns = Set.copyOf(builder.patterns);
        group = builder.group;
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

    /** Regular expressions; topics whose whole names match one are read whole. */
    public Set<String> patterns() {
        return patterns;
    }

    /** The group; null if the consumer reads for itself. */
    public @Nullable GroupOptions group() {
        return group;
    }

    /** Single partitions. */
    public Set<TopicPartition> partitions() {
        return partitions;
    }

    /** Where a partition is begun; in a group, one of which the group has committed no offset. */
    public StartPosition startAt(TopicPartition partition) {
        return startAtByPartition.getOrDefault(partition, startAt);
    }

    /** Whether some partition may be begun behind its last record. */
    boolean mayStartAtTheEnd() {
        return startAt instanceof StartPosition.Latest
                || startAtByPartition.values().stream().anyMatch(StartPosition.Latest.class::isInstance);
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
        private final Set<String> patterns = new LinkedHashSet<>();
        private @Nullable GroupOptions group;

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

        /**
         * Adds topics whose whole names match a regular expression of {@link java.util.regex.Pattern}, those that are
         * created later included; never an internal one. In a group only, whose coordinator matches them.
         *
         * @throws java.util.regex.PatternSyntaxException if it is none
         */
        public Builder<K, V> patterns(String... expressions) {
            for (String expression : expressions) {
                patterns.add(Pattern.compile(expression).pattern());
            }
            return this;
        }

        /** Makes the consumer a member of a group, whose coordinator assigns partitions to it. */
        public Builder<K, V> group(GroupOptions value) {
            group = Objects.requireNonNull(value, "group");
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

        /**
         * Where to begin; {@link StartPosition#earliest()} by default. In a group it counts for partitions of which the
         * group has committed no offset, and where a partition begins is committed too: by itself, or by the first
         * {@link Consumer#commit()} if commits are manual.
         *
         * <p>{@link StartPosition#latest()} is behind the last record that is there when a partition is begun. Of a topic
         * that was not there yet when the subscription began, and of partitions that are added to one that is read,
         * everything is read. Of a topic that was there and is assigned only later, it means what was written since the
         * subscription began, by the records' timestamps.
         */
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
         * @throws IllegalArgumentException if no topic, pattern or partition was named; if a group is given single
         *     partitions; if patterns or {@link StartPosition#none()} come without a group
         */
        public ConsumerOptions<K, V> build() {
            if (topics.isEmpty() && partitions.isEmpty() && patterns.isEmpty()) {
                throw new IllegalArgumentException("a consumer reads at least one topic or partition: name some");
            }
            if (group != null && !partitions.isEmpty()) {
                throw new IllegalArgumentException(
                        "a group's coordinator assigns partitions: name topics or patterns, not " + partitions);
            }
            if (group == null && !patterns.isEmpty()) {
                throw new IllegalArgumentException("patterns are matched by a group's coordinator: name a group");
            }
            if (group == null && beginsNowhere()) {
                throw new IllegalArgumentException("only a group has offsets to begin at: name a start position");
            }
            return new ConsumerOptions<>(this);
        }

        private boolean beginsNowhere() {
            return startAt instanceof StartPosition.None
                    || startAtByPartition.values().stream().anyMatch(StartPosition.None.class::isInstance);
        }
    }
}

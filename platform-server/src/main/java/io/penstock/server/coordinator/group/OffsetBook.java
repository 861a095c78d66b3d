package io.penstock.server.coordinator.group;

import io.penstock.core.model.TopicPartition;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The offsets that groups committed. */
final class OffsetBook {

    private final Map<String, NavigableMap<TopicPartition, CommittedOffset>> byGroup = new HashMap<>();

    /** Makes a record true. */
    void replay(GroupRecord.Offset record) {
        CommittedOffset value = record.value();
        if (value != null) {
            byGroup.computeIfAbsent(record.group(), group -> new TreeMap<>()).put(record.partition(), value);
            return;
        }
        byGroup.computeIfPresent(record.group(), (group, offsets) -> {
            offsets.remove(record.partition());
            return offsets.isEmpty() ? null : offsets;
        });
    }

    /** The groups that have offsets. */
    Set<String> groups() {
        return Collections.unmodifiableSet(byGroup.keySet());
    }

    boolean has(String group) {
        return byGroup.containsKey(group);
    }

    /** The offsets of a group by partition. */
    NavigableMap<TopicPartition, CommittedOffset> of(String group) {
        NavigableMap<TopicPartition, CommittedOffset> offsets = byGroup.get(group);
        return offsets == null ? Collections.emptyNavigableMap() : Collections.unmodifiableNavigableMap(offsets);
    }

    /** The offsets of a group for one topic. */
    SortedMap<TopicPartition, CommittedOffset> of(String group, String topic) {
        return of(group).subMap(new TopicPartition(topic, 0), true, new TopicPartition(topic, Integer.MAX_VALUE), true);
    }

    @Nullable
    CommittedOffset of(String group, TopicPartition partition) {
        return of(group).get(partition);
    }

    /** When a group last committed, in milliseconds since the epoch; 0 if it has no offsets. */
    long lastCommitMs(String group) {
        return of(group).values().stream()
                .mapToLong(CommittedOffset::commitTimestampMs)
                .max()
                .orElse(0);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof OffsetBook that && byGroup.equals(that.byGroup);
    }

    @Override
    public int hashCode() {
        return byGroup.hashCode();
    }

    @Override
    public String toString() {
        return byGroup.toString();
    }
}

package io.penstock.server.metadata;

import io.penstock.core.model.TopicNames;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A topic as the metadata store keeps it.
 *
 * @param name the topic's name
 * @param id new on each creation, never used again
 * @param partitions by number, without gaps
 * @param settings what was set for the topic itself, under the settings' keys
 */
public record TopicRecord(String name, UUID id, List<PartitionRecord> partitions, Map<String, String> settings) {

    public TopicRecord {
        partitions = List.copyOf(partitions);
        settings = Map.copyOf(settings);
    }

    /** Whether the broker keeps the topic for itself. */
    public boolean isInternal() {
        return TopicNames.isInternal(name);
    }

    public boolean hasPartition(int partition) {
        return partition >= 0 && partition < partitions.size();
    }
}

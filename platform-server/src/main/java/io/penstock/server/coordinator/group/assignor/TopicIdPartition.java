package io.penstock.server.coordinator.group.assignor;

import java.util.UUID;

/**
 * One partition of a topic by the topic's id.
 *
 * @param topicId the topic's id
 * @param partition the partition's number, from 0
 */
public record TopicIdPartition(UUID topicId, int partition) implements Comparable<TopicIdPartition> {

    @Override
    public int compareTo(TopicIdPartition other) {
        int byTopic = topicId.compareTo(other.topicId);
        return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
    }

    @Override
    public String toString() {
        return topicId + "-" + partition;
    }
}

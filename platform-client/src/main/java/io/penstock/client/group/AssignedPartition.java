package io.penstock.client.group;

import io.penstock.core.model.TopicPartition;
import java.util.UUID;

/**
 * A partition as a coordinator names it: that of a topic which is created again under the same name is another one.
 *
 * @param topicId the topic's id
 * @param topicPartition the topic's name, and the partition's number
 */
public record AssignedPartition(UUID topicId, TopicPartition topicPartition) {

    @Override
    public String toString() {
        return topicPartition.toString();
    }
}

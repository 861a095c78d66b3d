package io.penstock.client.metadata;

import io.penstock.core.protocol.Metadata;
import java.util.List;
import java.util.UUID;

/**
 * A topic as an image of the metadata shows it.
 *
 * @param name the topic's name
 * @param id the topic's id
 * @param maxMessageBytes the largest batch that the topic takes, in bytes; 0 if that is not known
 * @param partitions by number
 */
public record TopicView(String name, UUID id, int maxMessageBytes, List<Metadata.PartitionImage> partitions) {

    /** How many partitions the topic has. */
    public int partitionCount() {
        return partitions.size();
    }
}

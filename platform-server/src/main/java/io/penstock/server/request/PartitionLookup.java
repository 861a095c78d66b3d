package io.penstock.server.request;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.server.controller.MetadataImages;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.storage.Partition;
import io.penstock.server.storage.PartitionStore;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds the partition that a request means, if this broker leads it. Safe for any thread; does not block. */
public final class PartitionLookup {

    private final MetadataImages metadata;
    private final PartitionStore partitions;
    private final int brokerId;

    public PartitionLookup(MetadataImages metadata, PartitionStore partitions, int brokerId) {
        this.metadata = metadata;
        this.partitions = partitions;
        this.brokerId = brokerId;
    }

    /**
     * A topic by name, by id, or by both.
     *
     * @throws PenstockException UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID, INCONSISTENT_TOPIC_ID or INVALID_REQUEST
     */
    TopicRecord topic(@Nullable String name, @Nullable UUID id) {
        MetadataImage image = metadata.image();
        if (name == null) {
            return byId(image, id);
        }
        TopicRecord topic = image.topic(name);
        if (topic == null) {
            throw new PenstockException(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no topic " + name);
        }
        if (id != null && !id.equals(topic.id())) {
            throw new PenstockException(
                    ErrorCode.INCONSISTENT_TOPIC_ID, "topic " + name + " has id " + topic.id() + ", not " + id);
        }
        return topic;
    }

    private static TopicRecord byId(MetadataImage image, @Nullable UUID id) {
        if (id == null) {
            throw new PenstockException(ErrorCode.INVALID_REQUEST, "the request names no topic");
        }
        TopicRecord topic = image.topic(id);
        if (topic == null) {
            throw new PenstockException(ErrorCode.UNKNOWN_TOPIC_ID, "there is no topic with id " + id);
        }
        return topic;
    }

    /**
     * A partition that this broker leads.
     *
     * @param leaderEpoch what the client believes in, or -1
     * @throws PenstockException UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH,
     *     UNKNOWN_LEADER_EPOCH or BROKER_CLOSING
     */
    Partition led(TopicRecord topic, int partition, int leaderEpoch) {
        if (!topic.hasPartition(partition)) {
            throw new PenstockException(
                    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                    "topic " + topic.name() + " has partitions 0 to "
                            + (topic.partitions().size() - 1) + ", not " + partition);
        }
        int leader = topic.partitions().get(partition).leader();
        if (leader != brokerId) {
            throw new PenstockException(
                    ErrorCode.NOT_LEADER_OR_FOLLOWER,
                    "broker " + leader + " leads " + topic.name() + "-" + partition + ", this is broker " + brokerId);
        }
        Partition led = partitions.partition(topic, partition);
        led.ensureEpoch(leaderEpoch);
        return led;
    }
}

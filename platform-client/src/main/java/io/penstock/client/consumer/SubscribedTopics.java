package io.penstock.client.consumer;

import io.penstock.client.group.CommitWaiter;
import io.penstock.client.group.Deliveries;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.client.metadata.TopicView;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Metadata;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Without a group: all partitions of the topics that the options name, and the single ones. */
final class SubscribedTopics implements PartitionSource {

    private final PartitionSet set;
    private final Map<String, TopicView> seen = new HashMap<>();

    SubscribedTopics(PartitionSet set) {
        this.set = set;
    }

    @Override
    public void begin() {
        Set<String> topics = new HashSet<>(set.options().topics());
        set.options().partitions().forEach(partition -> topics.add(partition.topic()));
        set.watch(topics);
    }

    @Override
    public void onTopic(Metadata.TopicImage image) {
        TopicView before = seen.get(image.name());
        TopicView now;
        try {
            now = ClusterMetadata.view(image);
        } catch (PenstockException error) {
            onTopicError(image.name(), before, error);
            return;
        }
        if (before != null && !before.id().equals(now.id())) {
            failTopic(image.name(), "it was deleted, and created again");
            return;
        }
        seen.put(now.name(), now);
        for (TopicPartition single : set.options().partitions()) {
            if (single.topic().equals(now.name()) && single.partition() >= now.partitionCount()) {
                set.terminate(new PenstockException(
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                        "there is no partition " + single + ": the topic has " + now.partitionCount()));
                return;
            }
        }
        for (Metadata.PartitionImage partition : now.partitions()) {
            onPartition(now, partition, before == null);
        }
    }

    private void onTopicError(String name, @Nullable TopicView before, PenstockException error) {
        if (before != null) {
            failTopic(name, "it was deleted");
        } else if (error.code() == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || !error.isRetriable()) {
            set.terminate(error);
        }
    }

    private void failTopic(String name, String why) {
        for (PartitionFetch partition : set.ofTopic(name)) {
            partition.fail(new PenstockException(
                    ErrorCode.UNKNOWN_TOPIC_ID, partition.topicPartition() + ": the topic is gone: " + why));
        }
    }

    private void onPartition(TopicView topic, Metadata.PartitionImage image, boolean first) {
        TopicPartition key = new TopicPartition(topic.name(), image.partition());
        PartitionFetch known = set.get(key);
        if (known != null) {
            known.follow(image);
            return;
        }
        ConsumerOptions<?, ?> options = set.options();
        if (!options.topics().contains(topic.name()) && !options.partitions().contains(key)) {
            return;
        }
        PartitionFetch added = new PartitionFetch(key, topic.id(), image.leader(), set);
        set.add(added);
        // what is written to a partition before it was noticed is not to be missed
        StartPosition position = first ? options.startAt(key) : StartPosition.earliest();
        set.resolve(added, position, (of, offset) -> set.start(of, offset, Deliveries.UNTRACKED));
    }

    @Override
    public Deliveries deliveriesFrom(PartitionFetch partition, long offset) {
        return Deliveries.UNTRACKED;
    }

    @Override
    public boolean outlives(PartitionFetch failed) {
        return false;
    }

    /** There is nothing to commit to. */
    @Override
    public long committedOffset(PartitionFetch partition) {
        return -1;
    }

    @Override
    public void commit(CommitWaiter waiter) {
        waiter.onCommitted(null);
    }

    @Override
    public void end(boolean drain) {
        set.gone();
    }
}

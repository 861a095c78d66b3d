package io.penstock.server.request;

import io.penstock.core.config.SettingValue;
import io.penstock.core.log.LogSnapshot;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.protocol.Topics;
import io.penstock.server.metadata.PartitionRecord;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.storage.PartitionStore;
import java.util.List;
import java.util.stream.IntStream;

/** Describes topics in full. */
public final class TopicDescriptions {

    private final PartitionStore partitions;

    public TopicDescriptions(PartitionStore partitions) {
        this.partitions = partitions;
    }

    /** A topic as it stands; looks into its logs, and so may block. */
    Topics.Description describe(TopicRecord topic) {
        return describe(
                topic,
                IntStream.range(0, topic.partitions().size())
                        .mapToObj(partition -> describe(topic, partition))
                        .toList());
    }

    /** A topic that was made just now: nothing is in it. */
    Topics.Description describeNew(TopicRecord topic) {
        return describe(
                topic,
                IntStream.range(0, topic.partitions().size())
                        .mapToObj(partition -> describe(topic, partition, 0, 0, 0, 0))
                        .toList());
    }

    private Topics.Description describe(TopicRecord topic, List<Topics.PartitionDescription> parts) {
        List<Topics.SettingDescription> settings = partitions.settingsOf(topic).values().stream()
                .map(TopicDescriptions::describe)
                .toList();
        return new Topics.Description(topic.name(), topic.id(), topic.isInternal(), parts, settings);
    }

    private Topics.PartitionDescription describe(TopicRecord topic, int partition) {
        return partitions.partition(topic, partition).look(log -> describe(topic, partition, log));
    }

    private static Topics.PartitionDescription describe(TopicRecord topic, int partition, PartitionLog log) {
        LogSnapshot snapshot = log.snapshot();
        return describe(
                topic,
                partition,
                snapshot.logStartOffset(),
                snapshot.highWatermark(),
                snapshot.logEndOffset(),
                log.sizeInBytes());
    }

    private static Topics.PartitionDescription describe(
            TopicRecord topic, int partition, long start, long highWatermark, long end, long sizeInBytes) {
        PartitionRecord holders = topic.partitions().get(partition);
        return new Topics.PartitionDescription(
                partition,
                holders.leader(),
                holders.leaderEpoch(),
                holders.replicas(),
                holders.inSyncReplicas(),
                start,
                highWatermark,
                end,
                sizeInBytes);
    }

    private static Topics.SettingDescription describe(SettingValue value) {
        return new Topics.SettingDescription(
                value.setting().key(),
                value.text(),
                value.source().name(),
                value.setting().type().name(),
                value.setting().documentation());
    }
}

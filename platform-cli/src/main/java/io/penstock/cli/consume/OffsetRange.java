package io.penstock.cli.consume;

import io.penstock.client.admin.Admin;
import io.penstock.client.admin.OffsetSpec;
import io.penstock.client.consumer.StartPosition;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Topics;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Offsets of a partition that are to be read.
 *
 * @param start the first
 * @param end the one after the last; more than {@code start}
 */
record OffsetRange(long start, long end) {

    /**
     * What lies from a start to the ends that a description tells, of some of its partitions; those with nothing there
     * are left out. Asks the brokers what the start means, and blocks.
     */
    static Map<TopicPartition, OffsetRange> toEnd(
            Topics.Description topic, Set<Integer> partitions, StartPosition start, Admin admin) {
        Map<TopicPartition, Long> ends = ends(topic, partitions);
        Map<TopicPartition, OffsetRange> ranges = new HashMap<>();
        starts(start, ends.keySet(), admin).forEach((partition, offset) -> {
            long end = ends.get(partition);
            if (offset >= 0 && offset < end) {
                ranges.put(partition, new OffsetRange(offset, end));
            }
        });
        return ranges;
    }

    private static Map<TopicPartition, Long> ends(Topics.Description topic, Set<Integer> partitions) {
        Map<TopicPartition, Long> ends = new HashMap<>();
        for (Topics.PartitionDescription partition : topic.partitions()) {
            boolean hasRecords = partition.highWatermark() > partition.logStartOffset();
            if (hasRecords && partitions.contains(partition.partition())) {
                ends.put(new TopicPartition(topic.name(), partition.partition()), partition.highWatermark());
            }
        }
        return ends;
    }

    /** Where a start lies in each partition; -1 if no record is that late. */
    private static Map<TopicPartition, Long> starts(StartPosition start, Set<TopicPartition> partitions, Admin admin) {
        Map<TopicPartition, Long> starts = new HashMap<>();
        if (start instanceof StartPosition.Offset given) {
            partitions.forEach(partition -> starts.put(partition, given.offset()));
            return starts;
        }
        Map<TopicPartition, OffsetSpec> specs = new HashMap<>();
        OffsetSpec spec = spec(start);
        partitions.forEach(partition -> specs.put(partition, spec));
        Objects.requireNonNull(admin.listOffsets(specs).block())
                .forEach((partition, listed) -> starts.put(partition, listed.offset()));
        return starts;
    }

    private static OffsetSpec spec(StartPosition start) {
        if (start instanceof StartPosition.Ago ago) {
            return spec(ago.before(Instant.now()));
        }
        if (start instanceof StartPosition.Timestamp time) {
            return OffsetSpec.timestamp(time.timestamp());
        }
        return start instanceof StartPosition.Earliest ? OffsetSpec.earliest() : OffsetSpec.latest();
    }
}

package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Topics.PartitionDescription;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** What a partition was sent, what it has acknowledged and where; holds what is found there against it. */
final class PartitionLedger {

    private final TopicPartition partition;
    private final Map<Integer, Integer> sent = new ConcurrentHashMap<>();
    private final NavigableMap<Long, PlannedRecord> acknowledged = new ConcurrentSkipListMap<>();

    PartitionLedger(TopicPartition partition) {
        this.partition = partition;
    }

    TopicPartition partition() {
        return partition;
    }

    /** The next record of a round, which counts as sent from now on. */
    PlannedRecord next(int round) {
        int count = sent.merge(round, 1, Integer::sum);
        return new PlannedRecord(partition.topic(), partition.partition(), round, count - 1);
    }

    void acknowledge(long offset, PlannedRecord record) {
        assertThat(acknowledged.put(offset, record))
                .as("%s@%d", partition, offset)
                .isNull();
    }

    /** Nothing is there that was not sent, nothing twice, nothing out of order, and nothing at another offset than was told. */
    void verifyTruth(NavigableMap<Long, PlannedRecord> found) {
        assertThat(found.values()).as("%s", partition).allMatch(this::wasSent);
        assertThat(found.values().stream().toList()).as("%s", partition).isSortedAccordingTo(PartitionLedger::strictly);
        Map<PlannedRecord, Long> offsets = new HashMap<>();
        found.forEach((offset, record) -> offsets.put(record, offset));
        acknowledged.forEach((offset, record) -> assertThat(offsets.getOrDefault(record, offset))
                .as("%s of %s", record, partition)
                .isEqualTo(offset));
    }

    private boolean wasSent(PlannedRecord record) {
        return partition.equals(new TopicPartition(record.topic(), record.partition()))
                && record.number() >= 0
                && record.number() < sent.getOrDefault(record.round(), 0);
    }

    /** Equal neighbours are not in order. */
    private static int strictly(PlannedRecord one, PlannedRecord other) {
        int order = one.compareTo(other);
        return order == 0 ? 1 : order;
    }

    /** From the log's start to its end there is every offset, and every record that was acknowledged. */
    void verifyExact(PartitionDescription described, NavigableMap<Long, PlannedRecord> found) {
        assertThat(found.size())
                .as("records of %s", partition)
                .isEqualTo(Math.toIntExact(described.highWatermark() - described.logStartOffset()));
        acknowledged
                .tailMap(described.logStartOffset())
                .forEach((offset, record) -> assertThat(found.get(offset))
                        .as("%s@%d", partition, offset)
                        .isEqualTo(record));
    }

    /** Each key has the newest value that was acknowledged, or one that was sent later. */
    void verifyNewest(NavigableMap<Long, PlannedRecord> found) {
        Map<String, Long> newestFound = newest(found);
        newest(acknowledged)
                .forEach((key, offset) -> assertThat(newestFound.getOrDefault(key, -1L))
                        .as("the newest of '%s' in %s", key, partition)
                        .isGreaterThanOrEqualTo(offset));
    }

    private static Map<String, Long> newest(NavigableMap<Long, PlannedRecord> records) {
        Map<String, Long> newest = new HashMap<>();
        records.forEach((offset, record) -> newest.put(record.key(), offset));
        return newest;
    }
}

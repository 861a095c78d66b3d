package io.penstock.client.consumer;

import io.penstock.client.group.Acknowledger;
import io.penstock.core.model.TimestampType;
import io.penstock.core.record.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * A record that was read.
 *
 * @param topic the topic's name
 * @param partition the partition
 * @param offset its offset
 * @param timestamp milliseconds since 1970, or -1 for none
 * @param timestampType whose clock that was
 * @param key the key, or null
 * @param value the value, or null
 * @param headers maybe none
 * @param leaderEpoch the epoch in which it was appended, or -1
 * @param <K> the key's type
 * @param <V> the value's type
 */
public record ConsumerRecord<K, V>(
        String topic,
        int partition,
        long offset,
        long timestamp,
        TimestampType timestampType,
        @Nullable K key,
        @Nullable V value,
        RecordHeaders headers,
        int leaderEpoch,
        Acknowledger acknowledger) {

    /** A record of a consumer without a group. */
    public ConsumerRecord(
            String topic,
            int partition,
            long offset,
            long timestamp,
            TimestampType timestampType,
            @Nullable K key,
            @Nullable V value,
            RecordHeaders headers,
            int leaderEpoch) {
        this(topic, partition, offset, timestamp, timestampType, key, value, headers, leaderEpoch, Acknowledger.NONE);
    }

    /**
     * Says that the record is finished: it is committed, as the group's options say, and not given to the group again.
     * In any order, on any thread, at once and without waiting; a second call does nothing. Without a group it does
     * nothing, and neither does it once the partition is another member's.
     *
     * <p>A record that is never acknowledged is given to the group again after a restart or a move of its partition,
     * and so is everything that was never acknowledged.
     */
    public void acknowledge() {
        acknowledger.acknowledge(offset, offset + 1);
    }
}

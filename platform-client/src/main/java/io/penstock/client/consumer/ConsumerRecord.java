package io.penstock.client.consumer;

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
        int leaderEpoch) {}

package io.penstock.client.producer;

import io.penstock.core.record.RecordHeaders;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A record that is to be sent.
 *
 * @param topic the topic's name
 * @param partition the partition, or null to let the partitioner choose
 * @param timestamp milliseconds since 1970, 0 or more; or null for the time at which it is handed in, which is late by
 *     some milliseconds when many are
 * @param key the key, or null for none
 * @param value the value; null is a tombstone on a compacted topic
 * @param headers may be {@link RecordHeaders#EMPTY}
 * @param correlation whatever the caller wants to find in the result; never sent
 * @param <K> the key's type
 * @param <V> the value's type
 */
public record ProducerRecord<K, V>(
        String topic,
        @Nullable Integer partition,
        @Nullable Long timestamp,
        @Nullable K key,
        @Nullable V value,
        RecordHeaders headers,
        @Nullable Object correlation) {

    public ProducerRecord {
        Objects.requireNonNull(topic, "topic");
        Objects.requireNonNull(headers, "headers");
        if (partition != null && partition < 0) {
            throw new IllegalArgumentException("partition must be 0 or more, was " + partition);
        }
        if (timestamp != null && timestamp < 0) {
            throw new IllegalArgumentException("timestamp must be 0 or more, was " + timestamp);
        }
    }

    /** A value without a key. */
    public static <K, V> ProducerRecord<K, V> of(String topic, @Nullable V value) {
        return new ProducerRecord<>(topic, null, null, null, value, RecordHeaders.EMPTY, null);
    }

    /** A key and a value. */
    public static <K, V> ProducerRecord<K, V> of(String topic, @Nullable K key, @Nullable V value) {
        return new ProducerRecord<>(topic, null, null, key, value, RecordHeaders.EMPTY, null);
    }

    /** The same record for one partition. */
    public ProducerRecord<K, V> withPartition(int number) {
        return new ProducerRecord<>(topic, number, timestamp, key, value, headers, correlation);
    }

    /** The same record with a timestamp in milliseconds since 1970. */
    public ProducerRecord<K, V> withTimestamp(long timestampMs) {
        return new ProducerRecord<>(topic, partition, timestampMs, key, value, headers, correlation);
    }

    /** The same record with other headers. */
    public ProducerRecord<K, V> withHeaders(RecordHeaders newHeaders) {
        return new ProducerRecord<>(topic, partition, timestamp, key, value, newHeaders, correlation);
    }

    /** The same record with something to find in its result. */
    public ProducerRecord<K, V> withCorrelation(@Nullable Object object) {
        return new ProducerRecord<>(topic, partition, timestamp, key, value, headers, object);
    }
}

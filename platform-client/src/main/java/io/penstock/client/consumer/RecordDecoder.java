package io.penstock.client.consumer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.client.group.Acknowledger;
import io.penstock.client.serialization.Deserializer;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TimestampType;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.RecordCursor;
import org.jspecify.annotations.Nullable;

/** Walks over the records of a batch and makes objects of them, straight from the received bytes. Not thread-safe. */
final class RecordDecoder<K, V> implements AutoCloseable {

    private final Deserializer<? extends K> keys;
    private final Deserializer<? extends V> values;
    private final RecordCursor cursor = new RecordCursor(ByteBufAllocator.DEFAULT, BatchLimits.DEFAULTS);

    private String topic = "";
    private int partition;
    private TimestampType timestampType = TimestampType.CREATE_TIME;
    private int leaderEpoch;
    private Acknowledger acknowledger = Acknowledger.NONE;

    RecordDecoder(Deserializer<? extends K> keys, Deserializer<? extends V> values) {
        this.keys = keys;
        this.values = values;
    }

    /** Starts before the first record of a batch that was found to be valid. */
    void open(TopicPartition of, ByteBuf data, RecordBatch batch, Acknowledger to) {
        acknowledger = to;
        topic = of.topic();
        partition = of.partition();
        timestampType = batch.timestampType();
        leaderEpoch = batch.leaderEpoch();
        cursor.open(data, batch.index());
    }

    /** Moves to the next record at this offset or later; false after the last. */
    boolean nextFrom(long offset) {
        while (cursor.next()) {
            if (cursor.offset() >= offset) {
                return true;
            }
        }
        return false;
    }

    long offset() {
        return cursor.offset();
    }

    /**
     * The record.
     *
     * @throws PenstockException with {@code SERIALIZATION_FAILED} if a deserializer failed
     */
    ConsumerRecord<K, V> decode() {
        ByteBuf buffer = cursor.buffer();
        K key = null;
        V value = null;
        try {
            if (cursor.keyLength() >= 0) {
                key = keys.deserialize(buffer, cursor.keyIndex(), cursor.keyLength());
            }
            if (cursor.valueLength() >= 0) {
                value = values.deserialize(buffer, cursor.valueIndex(), cursor.valueLength());
            }
        } catch (Throwable e) {
            throw new PenstockException(
                    ErrorCode.SERIALIZATION_FAILED,
                    topic + "-" + partition + "@" + cursor.offset() + ": the deserializer failed: " + e,
                    e);
        }
        return record(key, value);
    }

    /** The record without its key and value, of which the deserializers could make nothing. */
    ConsumerRecord<K, V> withoutContents() {
        return record(null, null);
    }

    private ConsumerRecord<K, V> record(@Nullable K key, @Nullable V value) {
        return new ConsumerRecord<>(
                topic,
                partition,
                cursor.offset(),
                cursor.timestamp(),
                timestampType,
                key,
                value,
                cursor.headers(),
                leaderEpoch,
                acknowledger);
    }

    /** How many bytes the key and the value have. */
    int sizeInBytes() {
        return Math.max(0, cursor.keyLength()) + Math.max(0, cursor.valueLength());
    }

    /** The number in place of the key that the record takes turns by; of a record without a key its own. */
    long laneKey(long seed) {
        return cursor.keyLength() < 0
                ? LaneKey.of(cursor.offset(), seed)
                : LaneKey.of(cursor.buffer(), cursor.keyIndex(), cursor.keyLength(), seed);
    }

    /** A copy of the key's bytes. */
    byte @Nullable [] keyBytes() {
        return bytes(cursor.keyIndex(), cursor.keyLength());
    }

    /** A copy of the value's bytes. */
    byte @Nullable [] valueBytes() {
        return bytes(cursor.valueIndex(), cursor.valueLength());
    }

    private byte @Nullable [] bytes(int index, int length) {
        return length < 0 ? null : Serdes.bytes().deserialize(cursor.buffer(), index, length);
    }

    @Override
    public void close() {
        cursor.close();
    }
}

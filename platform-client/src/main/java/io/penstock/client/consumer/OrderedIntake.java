package io.penstock.client.consumer;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;

/** Takes one partition's records out of what was received, in their order, as far as their lanes have room. */
final class OrderedIntake<K, V> {

    /** How taking one record went. */
    enum Taken {
        RECORD,
        /** There is nothing, or it is another partition's turn. */
        BATCH_END,
        /** The next record's key has its share: nothing of the partition is taken before one of that key is finished. */
        KEY_IS_FULL
    }

    private final PartitionFetch partition;
    private final OrderedStream<K, V> stream;
    private final RecordWalk<K, V> walk;
    /** By chance, so that no keys of two partitions share a lane: each partition waits for its own only. */
    private final long seed;

    private boolean isInTurns;
    /** The walk stands at a record that was not taken. */
    private boolean isHeldUp;

    private boolean isHoldUpTold;

    OrderedIntake(PartitionFetch partition, OrderedStream<K, V> stream, RecordWalk<K, V> walk) {
        this.partition = partition;
        this.stream = stream;
        this.walk = walk;
        this.seed = stream.random().nextLong();
    }

    PartitionFetch partition() {
        return partition;
    }

    boolean isHeldUp() {
        return isHeldUp;
    }

    /** Whether that was news. */
    boolean enterTurns() {
        boolean isNews = !isInTurns;
        isInTurns = true;
        return isNews;
    }

    void leaveTurns() {
        isInTurns = false;
    }

    /** Takes a record into its lane. There must be room for some key's. */
    Taken take(KeyLanes<OrderedRecord<K, V>> lanes) {
        if (!isHeldUp && !walk.next(partition)) {
            isHoldUpTold = false;
            return Taken.BATCH_END;
        }
        RecordDecoder<K, V> decoder = walk.decoder();
        long key = decoder.laneKey(seed);
        isHeldUp = !lanes.admits(key);
        if (isHeldUp) {
            tell(decoder.offset());
            return Taken.KEY_IS_FULL;
        }
        OrderedRecord<K, V> record = record(decoder);
        partition.handOut(record.offset(), record.offset() + 1);
        lanes.add(key, record, decoder.sizeInBytes());
        return Taken.RECORD;
    }

    /** Once a batch: a key that is slower than the others would be told of record by record. */
    private void tell(long offset) {
        if (!isHoldUpTold) {
            isHoldUpTold = true;
            stream.emit(new ConsumerEvent.KeyHeld(partition.topicPartition(), offset));
        }
    }

    private OrderedRecord<K, V> record(RecordDecoder<K, V> decoder) {
        ConsumerRecord<K, V> record;
        Throwable unreadable = null;
        try {
            record = decoder.decode();
        } catch (PenstockException failed) {
            if (failed.code() != ErrorCode.SERIALIZATION_FAILED) {
                throw failed;
            }
            record = decoder.withoutContents();
            unreadable = failed.getCause();
        }
        return new OrderedRecord<>(stream, this, record, unreadable, stream.keepsBytes() ? bytes(decoder) : null);
    }

    private static OrderedRecord.Bytes bytes(RecordDecoder<?, ?> decoder) {
        return new OrderedRecord.Bytes(decoder.keyBytes(), decoder.valueBytes());
    }

    /** Gives up the record that it stands at, and its batch. */
    void close() {
        isHeldUp = false;
        walk.close();
    }
}

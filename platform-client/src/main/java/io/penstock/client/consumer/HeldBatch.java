package io.penstock.client.consumer;

import io.penstock.client.group.Acknowledger;
import io.penstock.core.model.OffsetRanges;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.RecordBatch;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A batch in the hands of a subscriber: holds its element until it is closed. */
final class HeldBatch<K, V> implements ReceivedBatch<K, V> {

    private final PartitionFetch partition;
    private final ReceivedElement element;
    private final RecordDecoder<K, V> decoder;
    private final int index;
    private final long firstOffset;
    private final long baseOffset;
    private final long lastOffset;
    private final int recordCount;
    private final int sizeInBytes;
    private final Acknowledger acknowledger;
    private final OffsetRanges finished;
    private final AtomicBoolean closed = new AtomicBoolean();
    private @Nullable Records current;

    /**
     * Takes a hold of the element.
     *
     * @param firstOffset records before it are not given
     */
    HeldBatch(PartitionFetch partition, ReceivedElement element, long firstOffset, RecordDecoder<K, V> decoder) {
        this.partition = partition;
        this.element = element;
        this.decoder = decoder;
        this.firstOffset = firstOffset;
        RecordBatch batch = element.batch();
        this.index = batch.index();
        this.baseOffset = Math.max(firstOffset, batch.baseOffset());
        this.lastOffset = batch.lastOffset();
        this.recordCount = batch.recordCount();
        this.sizeInBytes = batch.sizeInBytes();
        this.acknowledger = partition.acknowledger();
        this.finished = partition.finished(baseOffset, lastOffset + 1);
        element.retain();
    }

    @Override
    public TopicPartition topicPartition() {
        return partition.topicPartition();
    }

    @Override
    public long baseOffset() {
        return baseOffset;
    }

    @Override
    public long lastOffset() {
        return lastOffset;
    }

    @Override
    public int recordCount() {
        return recordCount;
    }

    @Override
    public int sizeInBytes() {
        return sizeInBytes;
    }

    @Override
    public long highWatermark() {
        return element.header().highWatermark();
    }

    @Override
    public Iterator<ConsumerRecord<K, V>> iterator() {
        ensureOpen();
        decoder.open(topicPartition(), element.data(), RecordBatch.at(element.data(), index), acknowledger);
        Records records = new Records();
        current = records;
        return records;
    }

    private void ensureOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the batch of " + topicPartition() + "@" + baseOffset + " is closed");
        }
    }

    @Override
    public void acknowledge() {
        acknowledger.acknowledge(baseOffset, lastOffset + 1);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            decoder.close();
            if (element.release()) {
                partition.execute(() -> partition.onFreed(element));
            }
        }
    }

    @Override
    public String toString() {
        return topicPartition() + "@" + baseOffset + ".." + lastOffset;
    }

    private final class Records implements Iterator<ConsumerRecord<K, V>> {

        private boolean looked;
        private boolean found;
        /** Records before it were given, finished before, or are not there. */
        private long next = firstOffset;

        @Override
        public boolean hasNext() {
            ensureOpen();
            if (current != this) {
                throw new IllegalStateException("the batch is iterated anew");
            }
            if (!looked) {
                looked = true;
                found = find();
            }
            return found;
        }

        /** Offsets that have no record are nobody's to acknowledge. */
        private boolean find() {
            long given = next;
            while (decoder.nextFrom(next)) {
                next = finished.nextAbsent(decoder.offset());
                if (next == decoder.offset()) {
                    acknowledger.acknowledge(given, next);
                    return true;
                }
            }
            acknowledger.acknowledge(given, lastOffset + 1);
            return false;
        }

        @Override
        public ConsumerRecord<K, V> next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            looked = false;
            next = decoder.offset() + 1;
            return decoder.decode();
        }
    }
}

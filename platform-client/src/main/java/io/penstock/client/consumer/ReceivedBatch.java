package io.penstock.client.consumer;

import io.penstock.core.model.TopicPartition;
import java.util.Iterator;

/**
 * A batch as it was received, decoded as it is iterated. It holds a part of its partition's window until it is closed:
 * who keeps batches open is sent no more.
 *
 * <p>Batches that were not emitted are closed by the stream. Operators behind it that throw elements away, when they
 * are cancelled with some in a queue for example, hand them to the hook of
 * {@code doOnDiscard(ReceivedBatch.class, ReceivedBatch::close)}, which stands after them in the chain.
 *
 * <p>Not thread-safe, but may be handed from thread to thread.
 *
 * @param <K> the keys' type
 * @param <V> the values' type
 */
public interface ReceivedBatch<K, V> extends Iterable<ConsumerRecord<K, V>>, AutoCloseable {

    TopicPartition topicPartition();

    /** The offset of the first record that the iteration gives, if none was removed by compaction. */
    long baseOffset();

    /** The offset of the last record, even if it was removed by compaction. */
    long lastOffset();

    /** How many records the batch holds, at most; those before the start position are not given. */
    int recordCount();

    /** The batch's size as it was received, in bytes. */
    int sizeInBytes();

    /** The first offset that could not be read yet when the batch was sent. */
    long highWatermark();

    /** How many offsets lay between the batch's end and the high watermark when it was sent. */
    default long lag() {
        return Math.max(0, highWatermark() - lastOffset() - 1);
    }

    /**
     * Decodes the records from the first one on; each call begins anew.
     *
     * @throws IllegalStateException after {@link #close()}, from the iterator too
     * @throws io.penstock.core.error.PenstockException from {@code next()}: {@code SERIALIZATION_FAILED} naming
     *     partition and offset, {@code CORRUPT_MESSAGE}
     */
    @Override
    Iterator<ConsumerRecord<K, V>> iterator();

    /**
     * Says that all records of the batch are finished, iterated or not, as {@link ConsumerRecord#acknowledge()} does for
     * one. Any thread, before or after {@link #close()}.
     */
    void acknowledge();

    /** Gives the bytes back, and their credit to the broker. Any thread; a second call does nothing. */
    @Override
    void close();
}

package io.penstock.client.consumer;

import io.penstock.core.model.TopicPartition;
import java.util.Map;
import reactor.core.publisher.Flux;

/**
 * Reads partitions. Each subscription of {@link #receive()} or {@link #receiveBatches()} reads all of them for itself,
 * from the start positions on. Safe for any thread.
 *
 * @param <K> the keys' type
 * @param <V> the values' type
 */
public interface Consumer<K, V> {

    /**
     * The records, in offset order per partition, partitions in turn batch by batch. Never completes.
     *
     * <p><b>Starts</b> with the first demand: before it, no broker is asked for anything, and none reads its log.
     *
     * <p><b>Demand.</b> Records are decoded as they are asked for. What brokers send ahead is bounded by the
     * {@link FetchWindow}; no demand means that it fills, and then the brokers read nothing more.
     *
     * <p><b>Cancel</b> ends the fetch streams and releases what was received and not emitted.
     *
     * <p><b>Threads.</b> Decoding and signals happen on a worker of the client's runtime, one signal at a time. There are
     * few workers, and whatever the client does next needs one: {@code block()} fails on them with
     * IllegalStateException. Compose with {@code concatMap} or {@code flatMap}, or go elsewhere with {@code publishOn}.
     *
     * <p><b>Errors</b> are {@link io.penstock.core.error.PenstockException}s, after all that was received before of
     * that partition: {@code UNKNOWN_TOPIC_OR_PARTITION}, {@code UNKNOWN_TOPIC_ID} if the topic was deleted,
     * {@code OFFSET_OUT_OF_RANGE} if the options say so, {@code CORRUPT_MESSAGE}, {@code SERIALIZATION_FAILED} naming
     * partition and offset, {@code CLIENT_CLOSED}. A lost connection, a moved leader and a closing broker are no
     * errors: the stream goes on at its offset without gap or repeat, and {@link #events()} tells.
     */
    Flux<ConsumerRecord<K, V>> receive();

    /**
     * The same by batches, decoded by whoever iterates them. Each must be closed: its bytes count in its partition's
     * window until then. A chain with operators that hold elements in a queue ends in
     * {@code doOnDiscard(ReceivedBatch.class, ReceivedBatch::close)}, so that a cancel closes those too; and so does one
     * with operators that drop elements, like {@code filter}, {@code skip}, {@code distinct} or {@code take}, or the
     * window is used up for ever by those that were dropped. Everything else is as for {@link #receive()}; a failing deserializer throws where the batch is iterated.
     */
    Flux<ReceivedBatch<K, V>> receiveBatches();

    /**
     * What happens to the partitions of all subscriptions, from now on. Hot; a subscriber that does not keep up misses
     * the oldest. Signals come on whichever thread it happens on: do not block. Completes when the client is closed;
     * no errors.
     */
    Flux<ConsumerEvent> events();

    /**
     * Where the most recent subscription stands, by partition; empty before there is one. A snapshot that may be a
     * little old by the time it is read.
     */
    Map<TopicPartition, Position> positions();
}

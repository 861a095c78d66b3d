package io.penstock.client.consumer;

import io.penstock.core.model.TopicPartition;
import java.util.Map;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Reads partitions. Without a group each subscription of {@link #receive()} or {@link #receiveBatches()} reads all of
 * them for itself, from the start positions on. In a group a subscription is a member: it reads the partitions that the
 * coordinator assigns to it, from where the group has come, while others come and go; there is one at a time. Safe for
 * any thread.
 *
 * @param <K> the keys' type
 * @param <V> the values' type
 */
public interface Consumer<K, V> {

    /**
     * The records, in offset order per partition, partitions in turn batch by batch. Completes by
     * {@link #close()} only.
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
     *
     * <p><b>In a group</b> partitions come and go while the others go on. Whoever has finished a record says so by
     * {@link ConsumerRecord#acknowledge()}; what was not acknowledged before a crash is given to the group again, and
     * what was is not. A partition that is to be given up gives nothing more out, waits for what was given out, at most
     * for the group's {@code drainTimeout}, and is committed. A cancel commits what is acknowledged and leaves the group
     * in the background; {@link #close()} drains before. More errors: {@code FENCED_INSTANCE_ID},
     * {@code GROUP_MAX_SIZE_REACHED}, {@code UNSUPPORTED_ASSIGNOR}, {@code INVALID_SESSION_TIMEOUT},
     * {@code INVALID_REGULAR_EXPRESSION}, {@code INVALID_TOPIC} and {@code INVALID_REQUEST} if the coordinator does not
     * take the member, {@code PROGRESS_DEADLINE_EXCEEDED} after the group's {@code progressDeadline},
     * {@link IllegalStateException} for a second subscriber. A topic that is deleted is no error, nor is one that does
     * not exist yet.
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
     * The partitions one by one, each with its records, as they come to be read: those of a slow one do not hold up the
     * others. Demand counts partitions: one that was not asked for is not read beyond its window, so ask without bound,
     * as by {@code flatMap(…, Integer.MAX_VALUE)}. In a group a partition's records complete when it is revoked or lost,
     * and one that comes back is another element. A cancel ends the records of all partitions too; what they signal,
     * and everything else, is as for {@link #receive()}. Never completes, but by {@link #close()}.
     */
    Flux<PartitionRecords<K, V>> receiveByPartition();

    /** {@link #orderedByKey(OrderedOptions, Function)} with so many lanes and {@linkplain OrderedOptions#lanes the defaults}. */
    default Mono<Void> orderedByKey(int lanes, Function<? super ConsumerRecord<K, V>, ? extends Publisher<?>> handler) {
        return orderedByKey(OrderedOptions.lanes(lanes), handler);
    }

    /**
     * Handles the records, many at the same time, and those of one key of a partition one after another in offset order.
     * A record is finished, and {@linkplain ConsumerRecord#acknowledge() acknowledged}, when what the handler returned
     * completes; then the next one of its key has its turn. What the handler's publisher emits is ignored.
     *
     * <p><b>Starts</b> on subscription. Completes by {@link #close()} only, after the handlers of what was taken; without a group
     * it waits for them as long as they take, and a cancel or the end of the client ends the waiting.
     *
     * <p><b>Demand.</b> There is none downstream. A record is taken, and decoded, when there is a place for it: at most
     * {@code lanes} are handled and at most {@code maxInFlight} were taken and are not finished. A lane is the turns of one key, and
     * is there while a record of that key is: keys do not share lanes, and records without a key stand in lanes of their
     * own. A key that is slow or stuck therefore holds up itself, and one of the {@code lanes}, until a quarter of the
     * places are its own; then its partition waits when the next record is of that key ({@link ConsumerEvent.KeyHeld}),
     * and other partitions go on. When all places are taken, the {@link FetchWindow} fills and the brokers read no more.
     *
     * <p><b>Failures.</b> A handler fails by throwing, by returning null, or by an error of its publisher. It is called again by the
     * options' {@link RetryPolicy}; meanwhile others of its key wait, and its place is free for other keys. After the last
     * attempt, and if the deserializer fails, {@link OnFailure} says what becomes of the record.
     *
     * <p><b>Cancel</b> cancels the handlers' publishers and goes on as for {@link #receive()}: what is finished is committed.
     *
     * <p><b>In a group</b> a partition that is to be given up is drained: nothing more of it is taken, and what was taken is
     * handled, for at most the group's {@code drainTimeout}. What is not finished then is left to the next owner: handlers that
     * run are cancelled, and those that wait are not called. The same goes for {@link #close()}, and at once for a
     * partition that was lost. A {@link #seek} cancels the handlers of its partition too.
     *
     * <p><b>Threads.</b> The handler is called on a worker of the client's runtime, for one record after the other; what it
     * returns is subscribed to there. It must not block or compute for long: that goes elsewhere by
     * {@code subscribeOn}. No lock is held meanwhile. The end comes on a worker.
     *
     * <p><b>Errors</b> are those of {@link #receive()}, but for {@code SERIALIZATION_FAILED}, which is a failure of a
     * record; and {@link RecordFailedException} if the options say {@link OnFailure#fail()}, or throw when they are asked
     * what becomes of a record. Handlers that run are cancelled.
     *
     * @throws NullPointerException at once, if an argument is null
     */
    Mono<Void> orderedByKey(
            OrderedOptions options, Function<? super ConsumerRecord<K, V>, ? extends Publisher<?>> handler);

    /**
     * What happens to the partitions of all subscriptions, from now on. Hot; a subscriber that does not keep up misses
     * the oldest. Signals come on whichever thread it happens on: do not block. Completes when the client is closed;
     * no errors. What should be known though nobody listens (a refused commit, a partition that was lost or waits, a dead letter
     * that can't be sent) is logged too, as warnings of this interface's logger; the rest for debugging.
     */
    Flux<ConsumerEvent> events();

    /**
     * Commits all that was acknowledged before it is subscribed to; completes when the coordinator has it. Also while
     * {@link #close()} or a cancel waits for what was given out, until the group is left. Starts on subscription; a cancel only ends the waiting. While the coordinator can't be reached it waits, and
     * {@link #events()} tells. Signals come on a worker. Without a group or a subscription there is nothing to commit,
     * and it completes at once.
     *
     * <p>Errors: {@code STALE_MEMBER_EPOCH}, {@code FENCED_MEMBER_EPOCH}, {@code UNKNOWN_MEMBER_ID} or
     * {@code FENCED_INSTANCE_ID} if a partition is another member's by now, also if it became so while this waited for the
     * coordinator; {@code UNKNOWN_TOPIC_ID} if it is gone.
     */
    Mono<Void> commit();

    /**
     * Goes on elsewhere in a partition of the running subscription. Starts on subscription, and can't be undone by a
     * cancel. When it completes, on a worker, nothing from before is given out any more; what was received is let go.
     * In a group the new place is what is committed next, and records from before can't be acknowledged any more.
     *
     * <p>Errors: {@code UNKNOWN_TOPIC_OR_PARTITION} if the partition is not read now; whatever the leader says to the
     * question where the position is.
     *
     * @throws NullPointerException at once, if an argument is null
     * @throws IllegalArgumentException at once, if the position is {@link StartPosition#none()}
     */
    Mono<Void> seek(TopicPartition partition, StartPosition position);

    /**
     * Completes the subscriptions, and new ones at once; those by key when their handlers have finished. In a group it gives nothing more out, waits for
     * acknowledgements of what was given out, at most for the group's {@code drainTimeout}, commits and leaves; records
     * may be acknowledged meanwhile. Starts on subscription and is not undone by a cancel; completes on a worker when
     * that is done, some seconds after the {@code drainTimeout} at the latest. No errors.
     */
    Mono<Void> close();

    /**
     * Where the most recent subscription stands, by partition; empty before there is one. A snapshot that may be a
     * little old by the time it is read.
     */
    Map<TopicPartition, Position> positions();
}

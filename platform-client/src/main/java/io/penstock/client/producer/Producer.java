package io.penstock.client.producer;

import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Sends records. Safe for any thread; several streams and single sends may go on at once, and share batches and
 * memory.
 *
 * <p>The errors of results and streams are {@link SendException}s: {@code MESSAGE_TOO_LARGE} and
 * {@code SERIALIZATION_FAILED} for one record alone before it is sent; {@code INVALID_TOPIC},
 * {@code UNKNOWN_TOPIC_OR_PARTITION}; whatever the broker refused a batch with for good; {@code REQUEST_TIMED_OUT} after the
 * delivery timeout; {@code CLIENT_CLOSED}. Each says whether the record is surely not in the log, or may be ({@link
 * io.penstock.core.model.Outcome#UNKNOWN}).
 *
 * <p>An idempotent producer, which it is by default, sends a batch again that was refused for the time being, or of which no answer
 * came, until its delivery timeout: in its place before all later ones of its partition, and the broker takes it only once.
 * {@code INVALID_PRODUCER_EPOCH} means that somebody else sends under its id: from then on everything fails with it. One that is not
 * idempotent sends nothing twice: a refusal is final, and so is {@code CONNECTION_LOST} between a batch and its answer.
 *
 * @param <K> the keys' type
 * @param <V> the values' type
 */
public interface Producer<K, V> {

    /**
     * Sends the records of a publisher, in its order per partition, and gives the results in the order of the records.
     *
     * <p><b>Starts</b> on subscription; each subscription subscribes to {@code records} anew.
     *
     * <p><b>Demand.</b> Records are asked for once results have been asked for, and then as long as buffer memory has
     * room and fewer than 262,144 of the stream's results wait; never one for one with the demand for results. Results are
     * emitted as they are asked for and never more. A full buffer only stops asking: nothing is dropped, blocked or
     * failed. Records that arrive from demand already given (at most 1,024) wait as objects.
     *
     * <p><b>Cancel</b> cancels {@code records}; what was taken over before is still sent, without a result.
     *
     * <p><b>Threads.</b> Records are serialised and batched on the thread on which they arrive; results are emitted,
     * and more records asked for, on that thread or a worker of the client's runtime, never on an event loop.
     *
     * <p><b>Errors.</b> With {@link OnError#STOP} the first failed record ends the stream with its error, after the
     * results before it; {@code records} is cancelled, and what is not on its way by then is not sent. With {@link OnError#CONTINUE} failures are values. An error of
     * {@code records} itself comes after the results of the records before it; a null record counts as such an error,
     * a NullPointerException, which is also thrown at whoever signals it.
     *
     * @throws NullPointerException at once, if {@code records} is null
     */
    Flux<SendResult> send(Publisher<? extends ProducerRecord<K, V>> records);

    /**
     * Sends one record.
     *
     * <p><b>Starts</b> on subscription, and records of a topic are sent in the order of the subscriptions. When memory is full
     * they wait in that order, as objects; so do those of a topic of which nothing is known, and other topics do not wait for
     * them. <b>Cancel</b> takes a record back that still waits so; later it is sent
     * without a result. The result comes on a worker of the client's runtime. A failure is an error whatever
     * {@link OnError} says. Records are serialised one at a time, on whichever subscribing thread is first: it does so for
     * those that others hand in meanwhile too.
     *
     * @throws NullPointerException at once, if {@code record} is null
     */
    Mono<SendResult> send(ProducerRecord<K, V> record);

    /**
     * Sends the records of a publisher, and completes when the last of them is in a batch; what becomes of them is not told. Those
     * that fail are counted ({@code penstock.producer.forgotten.failed}) and logged. Starts, asks for records, and uses threads as
     * {@link #send(Publisher)} does with unlimited demand; cancel stops the asking. An error of {@code records} is the error.
     *
     * @throws NullPointerException at once, if {@code records} is null
     */
    Mono<Void> sendAndForget(Publisher<? extends ProducerRecord<K, V>> records);

    /**
     * Closes the open batches, and completes when every record that was handed over before has its outcome, whichever.
     * Starts on subscription; cancel stops the waiting only. Completes on a worker of the client's runtime. No errors.
     */
    Mono<Void> flush();

    /**
     * Refuses new records with {@code CLIENT_CLOSED}, flushes, and ends the lanes. Starts on subscription; cancel stops
     * the waiting only. Completes, without an error, when all is answered or the delivery timeout has failed it.
     */
    Mono<Void> close();
}

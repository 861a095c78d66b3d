package io.penstock.client.consumer;

import io.penstock.core.model.TopicPartition;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One record's way through its handler. Runs in turn with the {@link OrderedStream}; only what its handler or its dead
 * letter signals comes in from elsewhere, and goes to the stream first.
 *
 * <pre>
 *   waiting ──► handling ──► finished
 *                │    ▲
 *                │    └ after a pause ┐
 *                └──► failed ─────────┤
 *                                     ├──► skipped: finished
 *                                     ├──► sending ──► finished
 *                                     │       └► not sent: again after a pause
 *                                     └──► the whole fails
 * </pre>
 */
final class OrderedRecord<K, V> extends KeyLanes.Turn<OrderedRecord<K, V>> implements CoreSubscriber<Object> {

    /** What was read, for a dead letter. */
    record Bytes(byte @Nullable [] key, byte @Nullable [] value) {}

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<OrderedRecord, Subscription> WORK =
            AtomicReferenceFieldUpdater.newUpdater(OrderedRecord.class, Subscription.class, "work");

    private final OrderedStream<K, V> stream;
    private final OrderedIntake<K, V> intake;
    private final ConsumerRecord<K, V> record;
    private final @Nullable Throwable unreadable;
    private final @Nullable Bytes bytes;

    private volatile @Nullable Subscription work;
    /** Written before the stream is told. */
    private @Nullable Throwable error;

    private @Nullable OrderedRecord<K, V> settledBefore;

    private int attempts;
    /** What is sent instead of handling it. */
    private @Nullable DeadLetter letter;

    private int letterFailures;
    private @Nullable Disposable pause;
    private boolean isCancelled;

    /**
     * A record that was taken.
     *
     * @param unreadable what the deserializer threw; its handler is not called then
     * @param bytes what was read, if a dead letter may need it
     */
    OrderedRecord(
            OrderedStream<K, V> stream,
            OrderedIntake<K, V> intake,
            ConsumerRecord<K, V> record,
            @Nullable Throwable unreadable,
            @Nullable Bytes bytes) {
        this.stream = stream;
        this.intake = intake;
        this.record = record;
        this.unreadable = unreadable;
        this.bytes = bytes;
    }

    OrderedIntake<K, V> intake() {
        return intake;
    }

    long offset() {
        return record.offset();
    }

    private TopicPartition topicPartition() {
        return intake.partition().topicPartition();
    }

    // in turn

    /** It is its turn. */
    void begin() {
        Throwable cannotBeRead = unreadable;
        if (cannotBeRead != null) {
            onFailed(() -> giveUp(cannotBeRead), cannotBeRead);
        } else {
            attempts++;
            subscribeTo(() -> stream.handle(record));
        }
    }

    private void subscribeTo(Supplier<Publisher<?>> what) {
        work = null;
        try {
            Objects.requireNonNull(what.get(), "the handler returned null").subscribe(this);
        } catch (Throwable thrown) {
            Exceptions.throwIfFatal(thrown);
            onError(thrown);
        }
    }

    /** What was subscribed to has ended. */
    void onSettled() {
        Throwable with = error;
        error = null;
        if (isCancelled) {
            return;
        }
        DeadLetter sent = letter;
        if (sent != null) {
            onLetterSettled(sent, with);
        } else if (with == null) {
            finish();
        } else {
            onFailed(() -> onHandlerFailed(with), with);
        }
    }

    /** What becomes of the record is decided by users' code too, which may throw: then the whole fails. */
    private void onFailed(Runnable decision, Throwable with) {
        try {
            decision.run();
        } catch (Throwable thrown) {
            Exceptions.throwIfFatal(thrown);
            stream.terminate(RecordFailedException.undecided(topicPartition(), offset(), attempts, with, thrown));
        }
    }

    private void finish() {
        record.acknowledge();
        stream.finish(this);
    }

    private void onHandlerFailed(Throwable with) {
        RetryPolicy retry = stream.options().retry();
        if (!retry.goesOn(attempts, with)) {
            giveUp(with);
            return;
        }
        stream.suspend(this);
        Duration wait = retry.backoff().after(attempts, stream.random());
        stream.emit(new ConsumerEvent.RecordRetried(topicPartition(), offset(), attempts, wait, with.toString()));
        pause = stream.executeLater(() -> stream.resume(this), wait);
    }

    private void giveUp(Throwable with) {
        OnFailure onFailure = stream.options().onFailure();
        if (onFailure instanceof OnFailure.Fail) {
            stream.terminate(new RecordFailedException(topicPartition(), offset(), attempts, with));
        } else if (onFailure instanceof OnFailure.ToDeadLetterTopic to && bytes != null) {
            letter = letter(to, bytes, with);
            stream.suspend(this);
            send();
        } else {
            stream.emit(new ConsumerEvent.RecordSkipped(topicPartition(), offset(), attempts, with.toString()));
            finish();
        }
    }

    private DeadLetter letter(OnFailure.ToDeadLetterTopic to, Bytes read, Throwable with) {
        return new DeadLetter(
                to.topicOf().apply(record.topic()),
                read.key(),
                read.value(),
                DeadLetterHeaders.of(record, stream.group(), with, attempts));
    }

    private void send() {
        DeadLetter sent = letter;
        if (sent != null && !isCancelled) {
            subscribeTo(() -> stream.send(sent));
        }
    }

    private void onLetterSettled(DeadLetter sent, @Nullable Throwable with) {
        if (with == null) {
            stream.emit(new ConsumerEvent.DeadLettered(topicPartition(), offset(), sent.topic(), attempts));
            finish();
            return;
        }
        Duration wait = stream.backoff(++letterFailures);
        stream.emit(new ConsumerEvent.DeadLetterHeld(topicPartition(), offset(), sent.topic(), wait, with.toString()));
        pause = stream.executeLater(this::send, wait);
    }

    /** It is finished by somebody else, or by nobody. */
    void cancel() {
        isCancelled = true;
        Disposable waits = pause;
        if (waits != null) {
            waits.dispose();
        }
        Operators.terminate(WORK, this);
    }

    // from anywhere

    @Override
    public Context currentContext() {
        return stream.context();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        if (Operators.setOnce(WORK, this, subscription)) {
            subscription.request(Long.MAX_VALUE);
        }
    }

    @Override
    public void onNext(Object ignored) {}

    @Override
    public void onError(Throwable with) {
        if (isFirstEnd()) {
            error = with;
            stream.onSettled(this);
        } else {
            Operators.onErrorDropped(with, stream.context());
        }
    }

    @Override
    public void onComplete() {
        if (isFirstEnd()) {
            stream.onSettled(this);
        }
    }

    private boolean isFirstEnd() {
        return WORK.getAndSet(this, Operators.cancelledSubscription()) != Operators.cancelledSubscription();
    }

    // the stream's list of those that have settled

    @Nullable
    OrderedRecord<K, V> settledBefore() {
        return settledBefore;
    }

    void setSettledBefore(@Nullable OrderedRecord<K, V> other) {
        settledBefore = other;
    }
}

package io.penstock.client.producer;

import io.penstock.client.producer.RecordAppender.Attempt;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.runtime.Demand;
import io.penstock.core.runtime.DrainLoop;
import io.penstock.core.runtime.NodeRuntime;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;

/**
 * One subscription of {@link Producer#send(Publisher)}. Two loops, each run by one thread at a time: the intake puts
 * records into batches and asks upstream for more, the delivery emits results as far as they are asked for.
 *
 * <p>Upstream is never asked one for one with the demand for results: records that do not fill a batch would wait for
 * results that wait for the batch. It is asked as long as memory and the queue of results have room; and when the queue
 * has none, open batches are closed, so that results come.
 */
final class SendStream<K, V> implements CoreSubscriber<ProducerRecord<K, V>>, Subscription, BatchOwner, RecordSource {

    /** The most results that are owed to a stream. */
    static final int MAX_OWED = 1 << 18;

    private static final int FIRST_PREFETCH = 4;
    private static final int MAX_PREFETCH = 1024;

    /** A record that could not be placed when it came. */
    private record Waiting<K, V>(ProducerRecord<K, V> record, long sinceNanos) {}

    private final CoreSubscriber<? super SendResult> actual;
    private final Publisher<? extends ProducerRecord<K, V>> records;
    private final Accumulator accumulator;
    private final RecordAppender<K, V> appender;
    private final OnError onError;
    private final Scheduler workers;
    private final LongSupplier nanoTime;
    private final Runnable onEnded;
    private final int maxOwed;

    private final ResultQueue results = new ResultQueue();
    /** Records, and between them the listeners of flushes, that came while the intake was busy or had to wait. */
    private final Queue<Object> waiting = new ConcurrentLinkedQueue<>();

    private final AtomicInteger intakeMarks = new AtomicInteger();
    private final DrainLoop delivery;
    private final Demand requested = new Demand();

    private volatile @Nullable Subscription upstream;
    private volatile boolean started;
    private volatile boolean upstreamDone;
    /** Nothing comes any more, and all that came is in batches and published. */
    private volatile boolean allPlaced;

    private @Nullable Throwable upstreamError;
    private volatile @Nullable Throwable fatal;
    private volatile boolean ended;
    private volatile boolean starved;
    /** The first that is known of a stream that stops at it: no record is taken in any more, since all would be behind it. */
    private volatile @Nullable SendException failure;
    /** What the stream has stopped at: nothing that is left of it is sent. */
    private volatile @Nullable SendException stoppedAt;
    /** Behind what failed in a partition, nothing is sent there. */
    private final Map<TopicPartition, SendException> failures = new ConcurrentHashMap<>();

    /** Who is in the intake and asks for records there; another thread may read it late, but never sees itself. */
    private @Nullable Thread asking;

    private @Nullable Settleable lastBatch;
    private int outstanding;
    private int prefetch = 1;
    private long placed;
    private long usualSize;
    private boolean appenderClosed;

    SendStream(
            CoreSubscriber<? super SendResult> actual,
            Publisher<? extends ProducerRecord<K, V>> records,
            Accumulator accumulator,
            Function<SendStream<K, V>, RecordAppender<K, V>> appender,
            OnError onError,
            NodeRuntime runtime,
            int maxOwed,
            Consumer<RecordSource> onEnded) {
        this.actual = actual;
        this.records = records;
        this.accumulator = accumulator;
        this.onError = onError;
        this.workers = runtime.workers();
        this.delivery = DrainLoop.on(workers::schedule, this::deliver);
        this.nanoTime = runtime.nanoTime();
        this.maxOwed = maxOwed;
        this.appender = appender.apply(this);
        this.onEnded = () -> onEnded.accept(this);
    }

    @Override
    public Context currentContext() {
        return actual.currentContext();
    }

    // upstream

    @Override
    public void onSubscribe(Subscription subscription) {
        if (upstream != null || ended) {
            subscription.cancel();
            return;
        }
        upstream = subscription;
        if (ended) {
            subscription.cancel();
        } else {
            wake();
        }
    }

    @Override
    public void onNext(ProducerRecord<K, V> record) {
        if (record == null) {
            throw refused("null record");
        }
        if (ended || upstreamDone) {
            Operators.onNextDropped(record, currentContext());
            return;
        }
        if (asking == Thread.currentThread()) {
            try {
                takeDirectly(record);
            } catch (Throwable broken) {
                onBroken(broken);
            }
        } else if (intakeMarks.get() == 0 && intakeMarks.compareAndSet(0, 1)) {
            try {
                takeDirectly(record);
                publish();
                if (outstanding <= prefetch >> 1) {
                    replenish();
                }
            } catch (Throwable broken) {
                onBroken(broken);
            }
            leaveIntake(1);
        } else {
            await(record);
            intake();
        }
    }

    /** Without the way through the queue. Once more a look at the end: it may have come before the intake was entered. */
    private void takeDirectly(ProducerRecord<K, V> record) {
        if (isClosed()) {
            Operators.onNextDropped(record, currentContext());
        } else if (!waiting.isEmpty() || !isPlaced(record, appender.append(record))) {
            await(record);
        } else {
            outstanding--;
        }
    }

    /** Whether no record is taken in any more. */
    private boolean isClosed() {
        return ended || failure != null;
    }

    private void await(ProducerRecord<K, V> record) {
        waiting.add(new Waiting<>(record, nanoTime.getAsLong()));
    }

    @Override
    public void onError(Throwable error) {
        if (error == null) {
            throw refused("null error");
        }
        if (upstreamDone) {
            Operators.onErrorDropped(error, currentContext());
            return;
        }
        upstreamError = error;
        upstreamDone = true;
        intake();
    }

    /** For the caller; and the end of the stream, since the subscription counts as cancelled. */
    private NullPointerException refused(String what) {
        NullPointerException violation =
                new NullPointerException("the publisher of the records gave a " + what + " (Reactive Streams 2.13)");
        Subscription source = upstream;
        if (source != null) {
            source.cancel();
        }
        if (!upstreamDone) {
            upstreamError = violation;
            upstreamDone = true;
            intake();
        }
        return violation;
    }

    @Override
    public void onComplete() {
        upstreamDone = true;
        intake();
    }

    // intake

    @Override
    public void wake() {
        workers.schedule(this::intake);
    }

    @Override
    public void whenPlaced(Runnable listener) {
        waiting.add(listener);
        wake();
    }

    private void intake() {
        if (intakeMarks.getAndIncrement() == 0) {
            leaveIntake(0);
        }
    }

    /** Works until no mark is left that was not seen. */
    private void leaveIntake(int seen) {
        int missed = seen;
        if (missed != 0) {
            missed = intakeMarks.addAndGet(-missed);
            if (missed == 0) {
                return;
            }
        } else {
            missed = intakeMarks.get();
        }
        while (missed != 0) {
            try {
                takeWaiting();
                publish();
                lookForTheEnd();
                replenish();
            } catch (Throwable broken) {
                onBroken(broken);
            }
            if (ended) {
                closeAppender();
            }
            missed = intakeMarks.addAndGet(-missed);
        }
    }

    /** Ends the stream with what must not happen; whoever waits behind it goes on. */
    private void onBroken(Throwable error) {
        if (fatal == null) {
            fatal = error;
        }
        delivery.signal();
    }

    @SuppressWarnings("unchecked")
    private void takeWaiting() {
        for (Object next = waiting.peek(); next != null; next = waiting.peek()) {
            if (next instanceof Runnable listener) {
                waiting.poll();
                listener.run();
                continue;
            }
            Waiting<K, V> first = (Waiting<K, V>) next;
            if (!isClosed() && !isPlaced(first.record, appender.append(first.record, first::sinceNanos))) {
                return;
            }
            outstanding--;
            waiting.poll();
        }
        if (accumulator.memory().isContended()) {
            accumulator.closeOpen();
        }
    }

    /** What comes while this is looked at waits, and leaves a mark. */
    private void lookForTheEnd() {
        if (upstreamDone && waiting.isEmpty()) {
            allPlaced = true;
            delivery.signal();
        }
    }

    /** Enters a record's future result, unless the record has to wait. */
    private boolean isPlaced(ProducerRecord<K, V> record, Attempt attempt) {
        if (attempt == Attempt.WAITING) {
            return false;
        }
        Settleable batch = appender.batch();
        if (batch != lastBatch) {
            publish();
            lastBatch = batch;
        }
        results.add(batch, appender.index(), appender.timestamp(), record.correlation());
        placed++;
        long size = appender.size();
        usualSize = size > usualSize ? size : usualSize + (size - usualSize) / 16;
        if (batch instanceof FailedRecord failed) {
            note(failed.error());
        }
        return true;
    }

    /** Shows the delivery what was entered, which is of one batch: that may have been answered before anybody could see it. */
    private void publish() {
        results.publish();
        if (lastBatch != null && lastBatch.isAnswered()) {
            delivery.signal();
        }
    }

    private void note(SendException why) {
        if (onError == OnError.STOP && failure == null) {
            failure = why;
        }
    }

    /**
     * Asks for as many records as memory has room for, unless some wait already. How large they are is known of those
     * that came: so it begins with a few, and doubles with them. Their size is that of a large one of the last ones.
     */
    private void replenish() {
        Subscription source = upstream;
        if (source == null || !started || upstreamDone || isClosed() || !waiting.isEmpty()) {
            return;
        }
        long room = maxOwed - results.size();
        starved = room <= outstanding;
        if (starved) {
            room = maxOwed - results.size(); // what was delivered before the mark was seen
            accumulator.closeOpen();
        }
        long fits = accumulator.memory().freeBytes() / Math.max(64, usualSize);
        prefetch = (int) Math.max(1, Math.min(Math.min(MAX_PREFETCH, FIRST_PREFETCH + placed), fits));
        long wanted = Math.min(prefetch, room) - outstanding;
        if (wanted > 0 && outstanding <= prefetch >> 1) {
            outstanding += (int) wanted;
            ask(source, wanted);
        }
    }

    /** A source may answer at once, on this thread: such records need no queue, and there may be room for more behind them. */
    private void ask(Subscription source, long wanted) {
        int asked = outstanding;
        asking = Thread.currentThread();
        try {
            source.request(wanted);
        } finally {
            asking = null;
            publish();
        }
        if (outstanding < asked) {
            intakeMarks.incrementAndGet();
        }
    }

    private void closeAppender() {
        if (!appenderClosed) {
            appenderClosed = true;
            appender.close();
            onEnded.run();
        }
    }

    // downstream

    void start() {
        actual.onSubscribe(this);
        if (!ended) {
            records.subscribe(this);
        }
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            fatal = Demand.refused(n);
            delivery.signal();
            return;
        }
        requested.add(n);
        if (!started) {
            started = true;
            wake();
        }
        delivery.signal();
    }

    @Override
    public void cancel() {
        end();
    }

    @Override
    public void onAnswered() {
        delivery.signal();
    }

    @Override
    public void onFailing(ProducerBatch batch, SendException why) {
        if (onError == OnError.STOP) {
            failures.putIfAbsent(batch.topicPartition(), why);
            note(why);
        }
    }

    @Override
    public @Nullable SendException whyAbandoned(ProducerBatch batch) {
        SendException all = stoppedAt;
        return all != null || failure == null ? all : failures.get(batch.topicPartition());
    }

    private void deliver() {
        try {
            emit();
        } catch (Throwable broken) {
            onSubscriberFailed(broken);
        }
    }

    private void onSubscriberFailed(Throwable broken) {
        if (ended) {
            Operators.onErrorDropped(broken, currentContext());
        } else {
            end();
            actual.onError(broken);
        }
    }

    private void emit() {
        Throwable reason = fatal;
        if (reason != null && !ended) {
            end();
            actual.onError(reason);
            return;
        }
        long emitted = 0;
        long wanted = requested.get();
        while (!ended && results.isHeadAnswered()) {
            if (emitted == wanted) {
                wanted = requested.get();
                if (emitted == wanted) {
                    break;
                }
            }
            SendResult result = results.take();
            SendException error = result.error();
            if (error != null && onError == OnError.STOP) {
                stoppedAt = error;
                end();
                actual.onError(error);
                return;
            }
            actual.onNext(result);
            emitted++;
        }
        if (emitted != 0) {
            requested.given(emitted);
        }
        if (allPlaced && !ended && results.isEmpty()) {
            complete();
        } else if (starved && results.size() < maxOwed / 2) {
            starved = false;
            intake();
        }
    }

    private void complete() {
        Throwable error = upstreamError;
        ended = true;
        intake();
        if (error != null) {
            actual.onError(error);
        } else {
            actual.onComplete();
        }
    }

    /** No more signals downstream, no more records from upstream; what is in batches goes its way. */
    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        Subscription source = upstream;
        if (source != null) {
            source.cancel();
        }
        wake();
    }
}

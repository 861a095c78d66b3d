package io.penstock.client.producer;

import io.penstock.client.producer.RecordAppender.Attempt;
import io.penstock.core.runtime.DrainLoop;
import io.penstock.core.runtime.NodeRuntime;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;

/**
 * The records of {@link Producer#send(ProducerRecord)}: in the order of subscription, one at a time into batches by
 * whichever of the subscribing threads is first. When memory is full they wait here.
 */
final class SingleSends<K, V> implements BatchOwner, RecordSource {

    /** A record whose result somebody waits for. */
    private record Single<K, V>(
            ProducerRecord<K, V> record, long sinceNanos, MonoSink<SendResult> sink, AtomicInteger cancelled) {

        boolean isCancelled() {
            return cancelled.get() != 0;
        }
    }

    private static final Logger log = LoggerFactory.getLogger(SingleSends.class);

    private final Accumulator accumulator;
    private final RecordAppender<K, V> appender;
    private final Scheduler workers;
    private final LongSupplier nanoTime;
    private final Queue<Object> waiting = new ConcurrentLinkedQueue<>();
    private final DrainLoop intake = DrainLoop.of(this::takeAll);
    private volatile boolean closed;
    private boolean appenderClosed;

    SingleSends(
            Accumulator accumulator, Function<SingleSends<K, V>, RecordAppender<K, V>> appender, NodeRuntime runtime) {
        this.accumulator = accumulator;
        this.workers = runtime.workers();
        this.nanoTime = runtime.nanoTime();
        this.appender = appender.apply(this);
    }

    Mono<SendResult> send(ProducerRecord<K, V> record) {
        return Mono.create(sink -> {
            Single<K, V> single = new Single<>(record, nanoTime.getAsLong(), sink, new AtomicInteger());
            sink.onCancel(() -> single.cancelled.set(1));
            waiting.add(single);
            intake.signal();
        });
    }

    @Override
    public void whenPlaced(Runnable listener) {
        waiting.add(listener);
        wake();
    }

    @Override
    public void wake() {
        workers.schedule(intake::signal);
    }

    /** Results go to each record's own subscriber. */
    @Override
    public void onAnswered() {}

    private void takeAll() {
        try {
            takeWaiting();
        } catch (Throwable broken) {
            log.error("Open batches could not be closed", broken);
        }
        closeAppenderIfClosed();
    }

    /** Whatever can't be taken must not stop those behind it. */
    @SuppressWarnings("unchecked")
    private void onBroken(Object taken, Throwable broken) {
        if (taken instanceof Runnable) {
            log.error("A flush could not go on", broken);
        } else {
            workers.schedule(() -> ((Single<K, V>) taken).sink.error(broken));
        }
    }

    @SuppressWarnings("unchecked")
    private void takeWaiting() {
        for (Object next = waiting.peek(); next != null; next = waiting.peek()) {
            try {
                if (next instanceof Runnable listener) {
                    listener.run();
                } else if (!place((Single<K, V>) next)) {
                    return;
                }
            } catch (Throwable broken) {
                onBroken(next, broken);
            }
            waiting.poll();
        }
        if (accumulator.memory().isContended()) {
            accumulator.closeOpen();
        }
    }

    private void closeAppenderIfClosed() {
        if (closed && waiting.isEmpty() && !appenderClosed) {
            appenderClosed = true;
            appender.close();
        }
    }

    private boolean place(Single<K, V> single) {
        if (single.isCancelled()) {
            return true;
        }
        if (appenderClosed) {
            workers.schedule(() -> single.sink.error(BatchingProducer.closedError(single.record)));
            return true;
        }
        if (appender.append(single.record, single::sinceNanos) == Attempt.WAITING) {
            return false;
        }
        Settleable batch = appender.batch();
        int index = appender.index();
        long timestamp = appender.timestamp();
        batch.whenAnswered(() ->
                workers.schedule(() -> deliver(single, batch.result(index, timestamp, single.record.correlation()))));
        return true;
    }

    private void deliver(Single<K, V> single, SendResult result) {
        SendException error = result.error();
        if (error != null) {
            single.sink.error(error);
        } else {
            single.sink.success(result);
        }
    }

    /** After all that waits has been placed, gives the buffer back. */
    void close() {
        closed = true;
        wake();
    }
}

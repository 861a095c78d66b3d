package io.penstock.client.producer;

import io.penstock.client.producer.RecordAppender.Attempt;
import io.penstock.core.runtime.DrainLoop;
import io.penstock.core.runtime.NodeRuntime;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
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
 * whichever of the subscribing threads is first. When memory is full they wait here; those of a topic of which nothing is
 * known wait aside, and all after them of that topic, so that records of other topics pass.
 */
final class SingleSends<K, V> implements BatchOwner, RecordSource {

    /** A record whose result somebody waits for. */
    private record Single<K, V>(
            ProducerRecord<K, V> record, long sinceNanos, MonoSink<SendResult> sink, AtomicInteger cancelled) {

        boolean isCancelled() {
            return cancelled.get() != 0;
        }
    }

    /** Records that are placed in their order, and between them the listeners of flushes. */
    private final class Line {

        private final Queue<Object> waiting;
        private final RecordAppender<K, V> appender;

        Line(Queue<Object> waiting) {
            this.waiting = waiting;
            this.appender = appenders.apply(SingleSends.this);
        }
    }

    private static final Logger log = LoggerFactory.getLogger(SingleSends.class);

    private final Accumulator accumulator;
    private final Function<SingleSends<K, V>, RecordAppender<K, V>> appenders;
    private final Scheduler workers;
    private final LongSupplier nanoTime;
    private final Queue<Object> arrived = new ConcurrentLinkedQueue<>();
    private final Line main;
    /** By topic; in the intake only, as all that follows. */
    private final Map<String, Line> aside = new HashMap<>();

    private final DrainLoop intake = DrainLoop.of(this::takeAll);
    private volatile boolean anyWaits;
    private volatile boolean closed;
    private boolean appenderClosed;

    SingleSends(
            Accumulator accumulator, Function<SingleSends<K, V>, RecordAppender<K, V>> appenders, NodeRuntime runtime) {
        this.accumulator = accumulator;
        this.workers = runtime.workers();
        this.nanoTime = runtime.nanoTime();
        this.appenders = appenders;
        this.main = new Line(arrived);
    }

    Mono<SendResult> send(ProducerRecord<K, V> record) {
        return Mono.create(sink -> {
            Single<K, V> single = new Single<>(record, nanoTime.getAsLong(), sink, new AtomicInteger());
            sink.onCancel(() -> takeBack(single));
            arrived.add(single);
            intake.signal();
        });
    }

    /** If it is one that waits, it gives up what it has claimed or asked for at once. */
    private void takeBack(Single<K, V> single) {
        single.cancelled.set(1);
        if (anyWaits) {
            wake();
        }
    }

    @Override
    public void whenPlaced(Runnable listener) {
        arrived.add(listener);
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
            take(main);
            takeAside();
            if (accumulator.memory().isContended()) {
                accumulator.closeOpen();
            }
        } catch (Throwable broken) {
            log.error("Open batches could not be closed", broken);
        }
        anyWaits = !arrived.isEmpty() || !aside.isEmpty();
        closeAppenderIfClosed();
    }

    private void takeAside() {
        aside.values().forEach(this::take);
        aside.values().removeIf(this::isOver);
    }

    private boolean isOver(Line line) {
        boolean isOver = line.waiting.isEmpty();
        if (isOver) {
            line.appender.close();
        }
        return isOver;
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
    private void take(Line line) {
        for (Object next = line.waiting.peek(); next != null; next = line.waiting.peek()) {
            try {
                if (next instanceof Runnable listener) {
                    pass(line, listener);
                } else if (!place(line, (Single<K, V>) next)) {
                    return;
                }
            } catch (Throwable broken) {
                onBroken(next, broken);
            }
            line.waiting.poll();
        }
    }

    /** All before it in the line are placed; it may have to wait for those aside, too. */
    private void pass(Line line, Runnable listener) {
        if (line != main || aside.isEmpty()) {
            listener.run();
            return;
        }
        AtomicInteger left = new AtomicInteger(aside.size());
        aside.values()
                .forEach(each -> each.waiting.add((Runnable) () -> {
                    if (left.decrementAndGet() == 0) {
                        listener.run();
                    }
                }));
    }

    private void closeAppenderIfClosed() {
        if (closed && arrived.isEmpty() && aside.isEmpty() && !appenderClosed) {
            appenderClosed = true;
            main.appender.close();
        }
    }

    /** Whether it leaves the line. */
    private boolean place(Line line, Single<K, V> single) {
        if (single.isCancelled()) {
            line.appender.forget();
            return true;
        }
        if (appenderClosed) {
            workers.schedule(() -> single.sink.error(BatchingProducer.closedError(single.record)));
            return true;
        }
        Line others = line == main ? aside.get(single.record.topic()) : null;
        if (others != null) {
            others.waiting.add(single);
            return true;
        }
        RecordAppender<K, V> appender = line.appender;
        if (appender.append(single.record, single::sinceNanos) == Attempt.WAITING) {
            return line == main && !appender.isWaitingForMemory() && setAside(single);
        }
        Settleable batch = appender.batch();
        int index = appender.index();
        long timestamp = appender.timestamp();
        batch.whenAnswered(() ->
                workers.schedule(() -> deliver(single, batch.result(index, timestamp, single.record.correlation()))));
        return true;
    }

    /** Its topic is not known yet. */
    private boolean setAside(Single<K, V> single) {
        main.appender.forget();
        Line line = new Line(new ArrayDeque<>());
        aside.put(single.record.topic(), line);
        line.waiting.add(single);
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

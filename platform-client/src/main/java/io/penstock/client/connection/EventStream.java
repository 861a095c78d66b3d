package io.penstock.client.connection;

import io.penstock.core.runtime.DrainLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * News for whoever listens: any thread may emit, signals come one at a time, without a lock, on the thread of one of
 * the emitters. Who listens late has missed what was; who is slow misses the oldest.
 */
public final class EventStream<T> {

    private static final int KEPT = 256;

    private final Sinks.Many<T> sink = Sinks.many().multicast().directBestEffort();
    private final Queue<T> queue = new ConcurrentLinkedQueue<>();
    private final DrainLoop emitting = DrainLoop.of(this::emitAll);
    private volatile boolean completed;

    public void emit(T event) {
        queue.add(event);
        emitting.signal();
    }

    /** Completes the listeners after what was emitted before. */
    public void complete() {
        completed = true;
        emitting.signal();
    }

    public Flux<T> flux() {
        return sink.asFlux().onBackpressureBuffer(KEPT, dropped -> {}, BufferOverflowStrategy.DROP_OLDEST);
    }

    private void emitAll() {
        for (T event = queue.poll(); event != null; event = queue.poll()) {
            sink.tryEmitNext(event);
        }
        if (completed) {
            sink.tryEmitComplete();
        }
    }
}

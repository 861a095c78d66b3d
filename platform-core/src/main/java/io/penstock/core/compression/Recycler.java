package io.penstock.core.compression;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A few idle native contexts, kept for the next caller. Not bound to threads, so that threads that end leave nothing
 * behind; never blocks: without an idle one a new one is made, and one too many is destroyed.
 */
final class Recycler<T> {

    private static final int MAX_IDLE = 2 * Runtime.getRuntime().availableProcessors();

    private final BlockingQueue<T> idle = new ArrayBlockingQueue<>(MAX_IDLE);
    private final Supplier<T> create;
    private final Consumer<T> reset;
    private final Consumer<T> destroy;

    Recycler(Supplier<T> create, Consumer<T> reset, Consumer<T> destroy) {
        this.create = create;
        this.reset = reset;
        this.destroy = destroy;
    }

    T take() {
        T context = idle.poll();
        return context == null ? create.get() : context;
    }

    void giveBack(T context) {
        reset.accept(context);
        if (!idle.offer(context)) {
            destroy.accept(context);
        }
    }
}

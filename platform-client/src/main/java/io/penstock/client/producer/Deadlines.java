package io.penstock.client.producer;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/**
 * Things that are due a fixed time after they were added, so that a queue and one armed timer serve them all. Those
 * that settle before cost nothing but their place until it comes to the front. Safe for any thread.
 */
final class Deadlines<T> {

    private record Entry<T>(T thing, long dueNanos) {}

    private final long delayNanos;
    private final Scheduler timers;
    private final LongSupplier nanoTime;
    private final Predicate<T> isSettled;
    private final Consumer<List<T>> onDue;
    private final ArrayDeque<Entry<T>> entries = new ArrayDeque<>();
    private final Disposable.Swap timer = Disposables.swap();
    private boolean armed;

    Deadlines(
            Duration delay, Scheduler timers, LongSupplier nanoTime, Predicate<T> isSettled, Consumer<List<T>> onDue) {
        this.delayNanos = delay.toNanos();
        this.timers = timers;
        this.nanoTime = nanoTime;
        this.isSettled = isSettled;
        this.onDue = onDue;
    }

    void add(T thing) {
        synchronized (this) {
            dropSettled();
            entries.add(new Entry<>(thing, nanoTime.getAsLong() + delayNanos));
            if (armed) {
                return;
            }
            armed = true;
        }
        arm(delayNanos);
    }

    /** Things settle in about the order in which they came, so that this keeps the queue to those that have not. */
    private void dropSettled() {
        Entry<T> first = entries.peek();
        while (first != null && isSettled.test(first.thing)) {
            entries.poll();
            first = entries.peek();
        }
    }

    /** All that have not settled and were not due yet; they are forgotten here. */
    synchronized List<T> takeAll() {
        List<T> taken = new ArrayList<>(entries.size());
        for (Entry<T> entry : entries) {
            if (!isSettled.test(entry.thing)) {
                taken.add(entry.thing);
            }
        }
        entries.clear();
        return taken;
    }

    private void fire() {
        List<T> due = new ArrayList<>();
        long wait;
        synchronized (this) {
            long now = nanoTime.getAsLong();
            Entry<T> next = entries.peek();
            while (next != null && (isSettled.test(next.thing) || next.dueNanos - now <= 0)) {
                entries.poll();
                if (!isSettled.test(next.thing)) {
                    due.add(next.thing);
                }
                next = entries.peek();
            }
            armed = next != null;
            wait = next == null ? 0 : next.dueNanos - now;
        }
        try {
            if (!due.isEmpty()) {
                onDue.accept(due);
            }
        } finally {
            if (wait > 0) {
                arm(wait);
            }
        }
    }

    private void arm(long nanos) {
        try {
            timer.replace(timers.schedule(this::fire, Math.max(1, nanos), TimeUnit.NANOSECONDS));
        } catch (RejectedExecutionException closed) {
            // the runtime is gone, and with it whoever would wait
            synchronized (this) {
                entries.clear();
            }
        }
    }

    void close() {
        timer.dispose();
        synchronized (this) {
            entries.clear();
        }
    }
}

package io.penstock.core.log;

import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes those who wait for a log's high watermark to move. Safe for any thread, without locks; a waiter costs a place in
 * a sorted set of this log alone, and moving the high watermark looks only at those whom it wakes.
 */
public final class LogSignal {

    /** Ends a wait. */
    @FunctionalInterface
    public interface Cancellation {
        /** The wake does not run after this, unless it has begun. A second call, or one after the wake, does nothing. */
        void cancel();
    }

    private static final Logger LOG = LoggerFactory.getLogger(LogSignal.class);

    private final ConcurrentSkipListSet<Waiter> waiters = new ConcurrentSkipListSet<>();
    private final AtomicLong arrivals = new AtomicLong();
    private final AtomicLong disturbances = new AtomicLong();
    private final LongSupplier highWatermark;
    private volatile boolean ended;

    /** A signal of a high watermark that is published elsewhere, before anybody is woken for it. */
    LogSignal(LongSupplier highWatermark) {
        this.highWatermark = highWatermark;
    }

    /**
     * Runs a wake once: when the high watermark is beyond an offset, or the log is truncated, closed, deleted or failed.
     * If that is so already it runs at once, on this thread; else on the thread that moves the high watermark, between
     * an append and its acknowledgement: it must be cheap, must not block, and looks at the log's snapshot to learn
     * what happened. On a log that has ended every wait is over at once, so a wake must not wait again without looking.
     */
    public Cancellation whenBeyond(long offset, Runnable wake) {
        long disturbancesBefore = disturbances.get();
        Waiter waiter = new Waiter(offset, arrivals.getAndIncrement(), wake);
        waiters.add(waiter);
        // whoever moved the state before the waiter was in the set did not see it; so look again
        if (highWatermark.getAsLong() > offset || ended || disturbances.get() != disturbancesBefore) {
            waiters.remove(waiter);
            waiter.run();
        }
        return () -> {
            waiters.remove(waiter);
            waiter.cancel();
        };
    }

    /** How many wait now. Counts them, so for tests and for metrics that are asked for rarely. */
    public int waiterCount() {
        return waiters.size();
    }

    /** Wakes those whom the high watermark, which has moved before this call, is beyond. */
    void highWatermarkMoved() {
        Waiter bound = new Waiter(highWatermark.getAsLong(), Long.MIN_VALUE, () -> {});
        NavigableSet<Waiter> due = waiters.headSet(bound, false);
        Waiter first;
        while ((first = due.pollFirst()) != null) {
            first.run();
        }
    }

    /** Wakes everybody who waits now; a wake that waits again stays. */
    void disturb() {
        disturbances.incrementAndGet();
        wakeAll();
    }

    /** Wakes everybody who waits now, and everybody who ever will. */
    void end() {
        ended = true;
        wakeAll();
    }

    private void wakeAll() {
        long latest = arrivals.get();
        for (Waiter waiter : waiters) {
            if (waiter.arrival < latest && waiters.remove(waiter)) {
                waiter.run();
            }
        }
    }

    private static final class Waiter implements Comparable<Waiter> {

        private final long offset;
        private final long arrival;
        private final Runnable wake;
        private final AtomicBoolean over = new AtomicBoolean();

        Waiter(long offset, long arrival, Runnable wake) {
            this.offset = offset;
            this.arrival = arrival;
            this.wake = wake;
        }

        void run() {
            if (over.compareAndSet(false, true)) {
                try {
                    wake.run();
                } catch (RuntimeException e) {
                    LOG.error("a wake for offset {} failed; the others go on", offset, e);
                }
            }
        }

        void cancel() {
            over.set(true);
        }

        @Override
        public int compareTo(Waiter other) {
            int byOffset = Long.compare(offset, other.offset);
            return byOffset != 0 ? byOffset : Long.compare(arrival, other.arrival);
        }
    }
}

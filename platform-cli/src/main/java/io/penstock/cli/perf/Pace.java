package io.penstock.cli.perf;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * When records are due that are sent at a rate. Latency that is counted from there includes the wait of those that could
 * not be sent in time, which a count from the sending would leave out just when it is slow. Safe for any thread.
 */
public final class Pace {

    private static final double SECOND = Duration.ofSeconds(1).toNanos();

    private final double periodNanos;
    private final LongSupplier nanoTime;
    private final LongConsumer park;
    private final long startNanos;

    Pace(long perSecond, LongSupplier nanoTime, LongConsumer park) {
        this.periodNanos = SECOND / perSecond;
        this.nanoTime = nanoTime;
        this.park = park;
        this.startNanos = nanoTime.getAsLong();
    }

    /** From now on, so many a second. */
    public static Pace perSecond(long records) {
        return new Pace(records, System::nanoTime, LockSupport::parkNanos);
    }

    /** When a record is due, in the terms of {@link System#nanoTime}; the first one has the number 0. */
    public long dueNanos(long number) {
        return startNanos + (long) (number * periodNanos);
    }

    /** Blocks until a record is due, or the thread is interrupted; returns at once if it was due before. */
    public void await(long number) {
        long due = dueNanos(number);
        for (long left = due - nanoTime.getAsLong(); left > 0; left = due - nanoTime.getAsLong()) {
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
            park.accept(left);
        }
    }
}

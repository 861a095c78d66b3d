package io.penstock.client.producer;

import java.time.Clock;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import reactor.core.scheduler.Scheduler;

/**
 * Wall-clock time of many records a millisecond: to read it for each takes as long as to copy a small record, on virtual
 * machines at least. So while it is asked for more often than it changes, a timer reads it, and it is late by as much as
 * that timer is, a millisecond usually. Safe for any thread.
 */
final class TickingClock {

    private static final long TICK_MILLIS = 1;
    /** Instead of a time: nobody keeps it. */
    private static final long NOT_KEPT = Long.MIN_VALUE;

    private final Clock clock;
    private final Scheduler timers;
    private volatile long kept = NOT_KEPT;
    private volatile boolean isAsked;
    private volatile long lastRead = NOT_KEPT;

    TickingClock(Clock clock, Scheduler timers) {
        this.clock = clock;
        this.timers = timers;
    }

    /** Milliseconds since 1970. */
    long millis() {
        long now = kept;
        if (now == NOT_KEPT) {
            return read();
        }
        if (!isAsked) {
            isAsked = true;
        }
        return now;
    }

    private long read() {
        long now = clock.millis();
        if (now == lastRead) {
            begin(now);
        } else {
            lastRead = now;
        }
        return now;
    }

    private synchronized void begin(long now) {
        if (kept == NOT_KEPT) {
            kept = now;
            awaitTick();
        }
    }

    private void awaitTick() {
        try {
            timers.schedule(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            kept = NOT_KEPT;
        }
    }

    private synchronized void tick() {
        if (isAsked) {
            isAsked = false;
            kept = clock.millis();
            awaitTick();
        } else {
            kept = NOT_KEPT;
        }
    }
}

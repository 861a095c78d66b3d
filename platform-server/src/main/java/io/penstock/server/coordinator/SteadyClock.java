package io.penstock.server.coordinator;

import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Milliseconds since 1970 that never go back and never jump: sessions must not end because somebody has set the clock.
 * They begin with what the wall clock says, and go on with the monotonic one.
 */
final class SteadyClock implements LongSupplier {

    private final long startMs;
    private final long startNanos;
    private final LongSupplier nanoTime;

    SteadyClock(Clock clock, LongSupplier nanoTime) {
        this.startMs = clock.millis();
        this.startNanos = nanoTime.getAsLong();
        this.nanoTime = nanoTime;
    }

    @Override
    public long getAsLong() {
        return startMs + TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - startNanos);
    }
}

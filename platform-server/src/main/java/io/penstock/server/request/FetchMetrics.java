package io.penstock.server.request;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** What fetching measures. */
public final class FetchMetrics {

    private final LongSupplier nanoTime;
    private final Timer reads;
    private final Counter bytes;

    /** @param nanoTime in nanoseconds, never goes back */
    public FetchMetrics(MeterRegistry registry, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        reads = Timer.builder("penstock.fetch.read")
                .description("One read of a slice from a log, without waiting for a thread")
                .register(registry);
        bytes = Counter.builder("penstock.fetch.bytes").baseUnit("bytes").register(registry);
    }

    long start() {
        return nanoTime.getAsLong();
    }

    void read(long startNanos, int sizeInBytes) {
        reads.record(nanoTime.getAsLong() - startNanos, TimeUnit.NANOSECONDS);
        bytes.increment(sizeInBytes);
    }
}

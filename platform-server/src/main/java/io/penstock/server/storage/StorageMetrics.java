package io.penstock.server.storage;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.netty.buffer.ByteBuf;
import io.penstock.core.log.LogRecovery;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** What the storage measures; a registry without a back end makes it cost next to nothing. */
public final class StorageMetrics {

    private final LongSupplier nanoTime;
    private final Timer appends;
    private final Timer flushes;
    private final Timer recoveries;
    private final Counter appendedBytes;
    private final Counter appendedBatches;
    private final Counter refusedBatches;
    private final Counter scannedBytes;
    private final Counter cutBytes;
    private final Counter quarantinedRanges;
    private final Counter compactionBytes;
    private final LongAdder bytesWritten = new LongAdder();

    /** @param nanoTime in nanoseconds, never goes back */
    public StorageMetrics(MeterRegistry registry, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        appends = Timer.builder("penstock.append")
                .description("One gathering write of the batches that waited together, with their validation")
                .register(registry);
        flushes = Timer.builder("penstock.fsync")
                .description("One group commit of a partition")
                .register(registry);
        appendedBytes =
                Counter.builder("penstock.append.bytes").baseUnit("bytes").register(registry);
        appendedBatches = Counter.builder("penstock.append.batches").register(registry);
        refusedBatches = Counter.builder("penstock.append.refused").register(registry);
        recoveries = Timer.builder("penstock.recovery")
                .description("Opening the log of a partition, until it can be used")
                .register(registry);
        scannedBytes = Counter.builder("penstock.recovery.scanned")
                .description("What was read with its checksums to open logs")
                .baseUnit("bytes")
                .register(registry);
        cutBytes = Counter.builder("penstock.recovery.cut")
                .description("Torn tails that were cut")
                .baseUnit("bytes")
                .register(registry);
        quarantinedRanges = Counter.builder("penstock.recovery.quarantined")
                .description("Damage to what was on the device, set aside")
                .register(registry);
        compactionBytes = Counter.builder("penstock.compaction.io")
                .description("What compaction read and wrote")
                .baseUnit("bytes")
                .register(registry);
    }

    long start() {
        return nanoTime.getAsLong();
    }

    void appended(long startNanos, List<ByteBuf> batches) {
        appends.record(nanoTime.getAsLong() - startNanos, TimeUnit.NANOSECONDS);
        long bytes = batches.stream().mapToLong(ByteBuf::readableBytes).sum();
        appendedBatches.increment(batches.size());
        appendedBytes.increment(bytes);
        bytesWritten.add(bytes);
    }

    /** What was appended since the start, in bytes. */
    public long bytesWritten() {
        return bytesWritten.sum();
    }

    void refused() {
        refusedBatches.increment();
    }

    void recovered(long startNanos, LogRecovery recovery) {
        recoveries.record(nanoTime.getAsLong() - startNanos, TimeUnit.NANOSECONDS);
        scannedBytes.increment(recovery.bytesScanned());
        cutBytes.increment(recovery.bytesCut());
        quarantinedRanges.increment(recovery.quarantined().size());
    }

    void compacted(long bytes) {
        compactionBytes.increment(bytes);
    }

    void flushed(long startNanos) {
        flushes.record(nanoTime.getAsLong() - startNanos, TimeUnit.NANOSECONDS);
    }
}

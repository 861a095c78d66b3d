package io.penstock.server.storage;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.penstock.core.log.CompactionResult;
import java.util.function.Consumer;

/** Counts what happens to a broker's disks. Safe for any thread. */
public final class StorageEventMetrics implements Consumer<StorageEvent> {

    private final Counter failedDirectories;
    private final Counter fullDirectories;
    private final Counter deletedSegments;
    private final Counter deletedBytes;
    private final Timer compactions;
    private final Counter compactedRecords;
    private final Counter compactedBytes;
    private final Counter failedCompactions;

    public StorageEventMetrics(MeterRegistry registry) {
        failedDirectories = Counter.builder("penstock.directory.failed")
                .description("Data directories that went out of service")
                .register(registry);
        fullDirectories = Counter.builder("penstock.directory.full")
                .description("How often a data directory had no more than its reserve left")
                .register(registry);
        deletedSegments = Counter.builder("penstock.retention.segments")
                .description("Segments that went by age, by size or on request")
                .register(registry);
        deletedBytes = Counter.builder("penstock.retention.bytes")
                .baseUnit("bytes")
                .description("The size of those segments")
                .register(registry);
        compactions = Timer.builder("penstock.compaction")
                .description("Compactions of a partition, throttling included")
                .register(registry);
        compactedRecords = Counter.builder("penstock.compaction.removed.records")
                .description("Records that went since a later one has their key")
                .register(registry);
        compactedBytes = Counter.builder("penstock.compaction.removed.bytes")
                .baseUnit("bytes")
                .description("How much smaller logs became by compaction")
                .register(registry);
        failedCompactions = Counter.builder("penstock.compaction.failures")
                .description("Partitions that could not be compacted")
                .register(registry);
    }

    @Override
    public void accept(StorageEvent event) {
        if (event instanceof StorageEvent.DirectoryFailed) {
            failedDirectories.increment();
        } else if (event instanceof StorageEvent.DirectoryFull) {
            fullDirectories.increment();
        } else if (event instanceof StorageEvent.RecordsDeleted deleted) {
            deletedSegments.increment(deleted.segments());
            deletedBytes.increment(deleted.bytes());
        } else if (event instanceof StorageEvent.LogCompacted compacted) {
            CompactionResult result = compacted.result();
            compactions.record(compacted.took());
            compactedRecords.increment(result.recordsRead() - result.recordsKept());
            compactedBytes.increment(Math.max(0, result.bytesBefore() - result.bytesAfter()));
        } else if (event instanceof StorageEvent.CompactionFailed) {
            failedCompactions.increment();
        }
    }
}

package io.penstock.server.storage;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/** What retention and compaction measure. */
public final class SpaceMetrics {

    private final Counter deletedSegments;
    private final Counter deletedBytes;
    private final Timer compactions;
    private final Counter compactionBytes;
    private final Counter compactedRecords;
    private final Counter compactedBytes;
    private final Counter failures;

    public SpaceMetrics(MeterRegistry registry) {
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
        compactionBytes = Counter.builder("penstock.compaction.io")
                .baseUnit("bytes")
                .description("What compaction read and wrote")
                .register(registry);
        compactedRecords = Counter.builder("penstock.compaction.removed.records")
                .description("Records that went since a later one has their key")
                .register(registry);
        compactedBytes = Counter.builder("penstock.compaction.removed.bytes")
                .baseUnit("bytes")
                .description("How much smaller logs became by compaction")
                .register(registry);
        failures = Counter.builder("penstock.compaction.failures")
                .description("Partitions that could not be compacted")
                .register(registry);
    }

    void worked(long bytes) {
        compactionBytes.increment(bytes);
    }

    void record(StorageEvent event) {
        if (event instanceof StorageEvent.RecordsDeleted deleted) {
            deletedSegments.increment(deleted.segments());
            deletedBytes.increment(deleted.bytes());
        } else if (event instanceof StorageEvent.LogCompacted compacted) {
            compactions.record(compacted.took());
            compactedRecords.increment(
                    compacted.result().recordsRead() - compacted.result().recordsKept());
            compactedBytes.increment(Math.max(
                    0, compacted.result().bytesBefore() - compacted.result().bytesAfter()));
        } else if (event instanceof StorageEvent.CompactionFailed) {
            failures.increment();
        }
    }
}

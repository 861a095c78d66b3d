package io.penstock.core.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.compression.Compression;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.model.TimestampType;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.Batches;
import io.penstock.core.record.RecordBatchBuilder;
import io.penstock.core.record.RecordCursor;
import io.penstock.core.record.RecordHeaders;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Many records of few keys in a map of bounded size: what is left is what a model says. The size is a property, so that the
 * same can be done with ten million by hand: {@code -Dpenstock.compaction.records=10000000
 * -Dpenstock.compaction.keys=100000 -Dpenstock.compaction.map.bytes=67108864}.
 */
class CompactionCampaignTest {

    private static final Logger LOG = LoggerFactory.getLogger(CompactionCampaignTest.class);

    /** Without the paranoid look for leaks, which notes the stack of every access. */
    private static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(true, true);

    private static final int BATCH_RECORDS = 1000;
    private static final long NOW = LogFixture.NOW;

    private final int records = Integer.getInteger("penstock.compaction.records", 200_000);
    private final int keys = Integer.getInteger("penstock.compaction.keys", 100_000);

    /** By default half of what all keys would need, so that it takes several passes. */
    private final long mapBytes = Long.getLong("penstock.compaction.map.bytes", keys * 15L);

    @TempDir
    Path directory;

    /** The newest offset of each key, negative if it is a tombstone's. */
    private final long[] newest = new long[keys];

    @Test
    void leavesTheNewestOfEachKey() throws IOException {
        LogSettings settings = LogSettings.DEFAULTS.withSegmentBytes(Math.max(1 << 20, records));
        PartitionLog log = PartitionLog.open(
                DiskDirectory.open(directory), new TopicPartition("orders", 0), new UUID(1, 2), settings, NOW);
        try {
            fill(log);
            log.roll(NOW);
            log.advanceHighWatermark(records);
            Compactor compactor = new Compactor(ALLOCATOR);
            compactor.mapBytes = mapBytes;
            long before = log.sizeInBytes();
            long startNanos = System.nanoTime();
            CompactionResult result = compactor.compact(log, NOW);
            double seconds = (System.nanoTime() - startNanos) / 1e9;
            LOG.warn(
                    "{} records of {} keys, {} MiB, map of {} KiB: {} passes in {} s, {} records/s, {} MiB/s; {} MiB left",
                    records,
                    keys,
                    before >> 20,
                    mapBytes >> 10,
                    result.passes(),
                    String.format("%.1f", seconds),
                    Math.round(records / seconds),
                    Math.round((before >> 20) / seconds),
                    log.sizeInBytes() >> 20);
            assertThat(result.cleanedTo()).isEqualTo(records);
            check(log);
        } finally {
            log.close();
        }
    }

    private void fill(PartitionLog log) {
        Random random = new Random(records);
        Arrays.fill(newest, Long.MIN_VALUE);
        byte[] value = new byte[100];
        for (int offset = 0; offset < records; ) {
            Compression codec = Compression.ofId(offset / BATCH_RECORDS % 5);
            RecordBatchBuilder batch = new RecordBatchBuilder(ALLOCATOR, codec, 0, 1 << 17);
            for (int i = 0; i < BATCH_RECORDS && offset < records; i++, offset++) {
                int key = random.nextInt(keys);
                boolean isTombstone = random.nextInt(50) == 0;
                Arrays.fill(value, (byte) ('a' + offset % 26));
                batch.append(
                        NOW, Integer.toString(key).getBytes(UTF_8), isTombstone ? null : value, RecordHeaders.EMPTY);
                newest[key] = isTombstone ? -offset - 1L : offset;
            }
            ByteBuf built = batch.build();
            log.append(List.of(built), 0, NOW, TimestampType.CREATE_TIME);
            built.release();
        }
    }

    private void check(PartitionLog log) {
        int found = 0;
        try (LogReader reader = log.newReader();
                RecordCursor cursor = new RecordCursor(ALLOCATOR, BatchLimits.DEFAULTS)) {
            long next = 0;
            LogSlice slice;
            while ((slice = reader.read(next, records, 1 << 20, ALLOCATOR, 0)) != null) {
                Batches batches = new Batches(slice.buffer());
                while (batches.next()) {
                    batches.batch().ensureValid(BatchLimits.DEFAULTS);
                    cursor.open(slice.buffer(), batches.batch().index());
                    while (cursor.next()) {
                        int key = Integer.parseInt(
                                cursor.buffer().toString(cursor.keyIndex(), cursor.keyLength(), UTF_8));
                        long expected = cursor.valueLength() < 0 ? -cursor.offset() - 1 : cursor.offset();
                        assertThat(newest[key]).isEqualTo(expected);
                        found++;
                    }
                }
                next = slice.nextOffset();
                slice.buffer().release();
            }
        }
        assertThat(found)
                .isEqualTo(Arrays.stream(newest)
                        .filter(offset -> offset != Long.MIN_VALUE)
                        .count());
    }
}

package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.compression.Compression;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.model.TimestampType;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.Batches;
import io.penstock.core.record.TestBatches;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A log under test with an allocator that counts exactly; {@link #close()} closes the log and looks for leaked buffers. */
final class LogFixture implements AutoCloseable {

    static final TopicPartition PARTITION = new TopicPartition("orders", 3);
    static final UUID TOPIC_ID = new UUID(0x1234_5678_9abc_def0L, 0x0fed_cba9_8765_4321L);
    static final long NOW = 1_700_000_000_000L;
    static final int ALL = 1 << 20;

    /** Small enough that every structure has several of everything. */
    static final LogSettings SMALL = new LogSettings(2048, 60_000, 200, 4096);

    /** Counts what is not released, so that no buffer needs to be watched, which takes a hundred times as long. */
    final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);

    final LogDirectory directory;
    LogSettings settings;

    /** What the next opening is told. */
    RecoveryPoint point = RecoveryPoint.UNKNOWN;

    PartitionLog log;

    /** The start that is given to the log when it is opened again. */
    long logStart;

    LogFixture(LogDirectory directory, LogSettings settings) {
        this.directory = directory;
        this.settings = settings;
        this.log = open();
    }

    private PartitionLog open() {
        return PartitionLog.open(directory, PARTITION, TOPIC_ID, settings, point, logStart, NOW);
    }

    LogDirectory partitionDirectory() throws Exception {
        return directory.child(PARTITION.toString());
    }

    /** Closes and opens the log, with the high watermark at its end. */
    void reopen() {
        log.close();
        openAgain();
    }

    void openAgain() {
        log = open();
        log.startAt(logStart, NOW);
        commitAll();
    }

    void commitAll() {
        log.advanceHighWatermark(log.snapshot().logEndOffset());
    }

    /** Appends one batch with these values, and commits it. */
    LogAppend append(String... values) {
        return append(batch(values));
    }

    ByteBuf batch(String... values) {
        return TestBatches.batch().allocator(allocator).values(values).build();
    }

    ByteBuf batch(Compression compression, long... timestamps) {
        TestBatches batch = TestBatches.batch().allocator(allocator).compression(compression);
        for (long timestamp : timestamps) {
            batch.record(timestamp, null, Long.toString(timestamp));
        }
        return batch.build();
    }

    /** Appends batches at once, commits and releases them. */
    LogAppend append(ByteBuf... batches) {
        return append(0, batches);
    }

    LogAppend append(int leaderEpoch, ByteBuf... batches) {
        try {
            LogAppend append = log.append(List.of(batches), leaderEpoch, NOW, TimestampType.CREATE_TIME);
            commitAll();
            return append;
        } finally {
            Arrays.stream(batches).forEach(ByteBuf::release);
        }
    }

    /** The values of all records from an offset to the high watermark, each slice read by the same reader. */
    List<String> valuesFrom(long offset) {
        return valuesFrom(offset, ALL);
    }

    List<String> valuesFrom(long offset, int maxBytes) {
        List<String> values = new ArrayList<>();
        try (LogReader reader = log.newReader()) {
            long next = offset;
            LogSlice slice;
            while ((slice = reader.read(next, log.snapshot().highWatermark(), maxBytes, allocator, 0)) != null) {
                values.addAll(values(slice));
                next = slice.nextOffset();
            }
        }
        return values;
    }

    @Nullable
    LogSlice read(long offset, long limit, int maxBytes) {
        try (LogReader reader = log.newReader()) {
            return reader.read(offset, limit, maxBytes, allocator, 0);
        }
    }

    /** The values of a slice, whose buffer is released. Looks at every checksum, and at the slice's own words. */
    static List<String> values(LogSlice slice) {
        ByteBuf buffer = slice.buffer();
        try {
            int headroom = buffer.writerIndex() - slice.sizeInBytes();
            Batches batches = new Batches(buffer, headroom, slice.sizeInBytes());
            int count = 0;
            while (batches.next()) {
                assertThat(batches.batch().isCrcValid()).isTrue();
                if (count++ == 0) {
                    assertThat(batches.batch().baseOffset()).isEqualTo(slice.firstOffset());
                }
                assertThat(batches.batch().nextOffset()).isLessThanOrEqualTo(slice.nextOffset());
            }
            assertThat(count).isEqualTo(slice.batchCount());
            assertThat(batches.tailBytes()).isZero();
            return TestBatches.values(buffer.duplicate().readerIndex(headroom));
        } finally {
            buffer.release();
        }
    }

    @Override
    public void close() {
        log.close();
        assertThat(allocator.metric().usedDirectMemory())
                .as("leaked direct memory")
                .isZero();
        assertThat(allocator.metric().usedHeapMemory()).as("leaked heap memory").isZero();
    }
}

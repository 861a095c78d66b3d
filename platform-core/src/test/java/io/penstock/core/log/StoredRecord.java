package io.penstock.core.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.Batches;
import io.penstock.core.record.RecordCursor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A record as a reader of a log sees it. */
record StoredRecord(
        long offset,
        long timestamp,
        @Nullable String key,
        @Nullable String value,
        String headers) {

    boolean isTombstone() {
        return value == null;
    }

    /** The records of one batch that is as long as the bytes; they must be as their checksum says. */
    static List<StoredRecord> ofBatch(byte[] batch) {
        List<StoredRecord> records = new ArrayList<>();
        try (RecordCursor cursor = new RecordCursor(LogModel.ALLOCATOR, BatchLimits.DEFAULTS)) {
            read(Unpooled.wrappedBuffer(batch), cursor, 0, records);
        }
        return records;
    }

    /** All data records that can be read from a log's start to its high watermark, by one reader in slices. */
    static List<StoredRecord> readAll(PartitionLog log, ByteBufAllocator allocator, int sliceBytes) {
        return readAll(log, allocator, sliceBytes, () -> {});
    }

    /** @param between is run between two slices */
    static List<StoredRecord> readAll(PartitionLog log, ByteBufAllocator allocator, int sliceBytes, Runnable between) {
        List<StoredRecord> records = new ArrayList<>();
        long start = log.snapshot().logStartOffset();
        try (LogReader reader = log.newReader();
                RecordCursor cursor = new RecordCursor(allocator, BatchLimits.DEFAULTS)) {
            long next = start;
            LogSlice slice;
            while ((slice = reader.read(next, log.snapshot().highWatermark(), sliceBytes, allocator, 0)) != null) {
                read(slice.buffer(), cursor, Math.max(start, next), records);
                next = slice.nextOffset();
                between.run();
            }
        }
        return records;
    }

    private static void read(ByteBuf buffer, RecordCursor cursor, long from, List<StoredRecord> records) {
        try {
            Batches batches = new Batches(buffer);
            while (batches.next()) {
                batches.batch().ensureValid(BatchLimits.DEFAULTS);
                if (batches.batch().isControl()) {
                    continue;
                }
                cursor.open(buffer, batches.batch().index());
                while (cursor.next()) {
                    if (cursor.offset() >= from) {
                        records.add(new StoredRecord(
                                cursor.offset(),
                                cursor.timestamp(),
                                text(cursor.buffer(), cursor.keyIndex(), cursor.keyLength()),
                                text(cursor.buffer(), cursor.valueIndex(), cursor.valueLength()),
                                cursor.headers().toString()));
                    }
                }
                cursor.close();
            }
        } finally {
            buffer.release();
        }
    }

    private static @Nullable String text(ByteBuf buffer, int index, int length) {
        return length < 0 ? null : buffer.toString(index, length, UTF_8);
    }
}

package io.penstock.core.record;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.compression.Compression;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Batches for tests. Every buffer returned is a pooled direct one with one batch from reader to writer index, and
 * belongs to the caller, who releases it.
 *
 * <pre>{@code
 *  ByteBuf batch = TestBatches.of("a", "b");
 *  ByteBuf batch = TestBatches.batch().compression(LZ4).baseOffset(42).record("key", "value").build();
 * }</pre>
 */
public final class TestBatches {

    /** The timestamp of the first record, where a test names none; the next is one more. */
    public static final long FIRST_TIMESTAMP = 1_700_000_000_000L;

    private record Entry(long timestamp, byte @Nullable [] key, byte @Nullable [] value, RecordHeaders headers) {}

    private final List<Entry> entries = new ArrayList<>();
    private ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;
    private Compression compression = Compression.NONE;
    private int headroom;
    private long baseOffset;
    private int leaderEpoch = RecordBatch.NO_LEADER_EPOCH;
    private long producerId = RecordBatch.NO_PRODUCER_ID;
    private short producerEpoch = RecordBatch.NO_PRODUCER_EPOCH;
    private int baseSequence = RecordBatch.NO_SEQUENCE;
    private boolean transactional;
    private boolean control;

    private TestBatches() {}

    /** An uncompressed batch of these values, without keys, at offset 0. */
    public static ByteBuf of(String... values) {
        return batch().values(values).build();
    }

    /** A batch of these values, without keys, at offset 0; small ones that don't compress are stored as they are. */
    public static ByteBuf of(Compression compression, String... values) {
        return batch().compression(compression).values(values).build();
    }

    /** An uncompressed batch of so many records, each with a value of so many bytes, always the same. */
    public static ByteBuf ofSize(int records, int valueBytes) {
        return batch().records(records, valueBytes).build();
    }

    /** An uncompressed batch of records at these times, each with its time as its value. */
    public static ByteBuf withTimestamps(long... timestamps) {
        TestBatches batch = batch();
        for (long timestamp : timestamps) {
            batch.record(timestamp, null, Long.toString(timestamp));
        }
        return batch.build();
    }

    /** The values of all records in all batches of the buffer's readable bytes; a null value is null. */
    public static List<@Nullable String> values(ByteBuf batches) {
        List<@Nullable String> values = new ArrayList<>();
        Batches each = new Batches(batches);
        try (RecordCursor cursor = new RecordCursor(ByteBufAllocator.DEFAULT, BatchLimits.DEFAULTS)) {
            while (each.next()) {
                cursor.open(batches, each.batch().index());
                while (cursor.next()) {
                    values.add(cursor.valueLength() < 0 ? null : value(cursor));
                }
            }
        }
        return values;
    }

    private static String value(RecordCursor cursor) {
        return cursor.buffer().toString(cursor.valueIndex(), cursor.valueLength(), UTF_8);
    }

    /** A batch to be described. */
    public static TestBatches batch() {
        return new TestBatches();
    }

    public TestBatches allocator(ByteBufAllocator of) {
        allocator = of;
        return this;
    }

    public TestBatches compression(Compression by) {
        compression = by;
        return this;
    }

    /** Bytes left free before the batch; the reader index stands after them. */
    public TestBatches headroom(int bytes) {
        headroom = bytes;
        return this;
    }

    public TestBatches baseOffset(long offset) {
        baseOffset = offset;
        return this;
    }

    public TestBatches leaderEpoch(int epoch) {
        leaderEpoch = epoch;
        return this;
    }

    public TestBatches producer(long id, int epoch, int sequence) {
        producerId = id;
        producerEpoch = (short) epoch;
        baseSequence = sequence;
        return this;
    }

    public TestBatches transactional() {
        transactional = true;
        return this;
    }

    public TestBatches control() {
        control = true;
        return this;
    }

    public TestBatches values(String... values) {
        for (String value : values) {
            record(null, value);
        }
        return this;
    }

    /** So many records, each with a value of so many bytes: text that compresses to about a half, always the same. */
    public TestBatches records(int count, int valueBytes) {
        Random random = new Random(count * 31L + valueBytes);
        for (int i = 0; i < count; i++) {
            byte[] value = new byte[valueBytes];
            for (int j = 0; j < valueBytes; j++) {
                value[j] = (byte) ('a' + random.nextInt(12));
            }
            add(nextTimestamp(), null, value, RecordHeaders.EMPTY);
        }
        return this;
    }

    public TestBatches record(@Nullable String key, @Nullable String value) {
        return record(nextTimestamp(), key, value);
    }

    public TestBatches record(long timestamp, @Nullable String key, @Nullable String value) {
        return record(timestamp, key, value, RecordHeaders.EMPTY);
    }

    public TestBatches record(long timestamp, @Nullable String key, @Nullable String value, RecordHeaders headers) {
        return add(timestamp, bytes(key), bytes(value), headers);
    }

    private TestBatches add(long timestamp, byte @Nullable [] key, byte @Nullable [] value, RecordHeaders headers) {
        entries.add(new Entry(timestamp, key, value, headers));
        return this;
    }

    private long nextTimestamp() {
        return FIRST_TIMESTAMP + entries.size();
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(UTF_8);
    }

    /** The batch described. */
    public ByteBuf build() {
        RecordBatchBuilder builder = new RecordBatchBuilder(allocator, compression, headroom, 256)
                .baseOffset(baseOffset)
                .leaderEpoch(leaderEpoch)
                .producer(producerId, producerEpoch, baseSequence)
                .transactional(transactional)
                .control(control);
        try {
            for (Entry entry : entries) {
                builder.append(entry.timestamp, entry.key, entry.value, entry.headers);
            }
            return builder.build().readerIndex(headroom);
        } finally {
            builder.release();
        }
    }
}

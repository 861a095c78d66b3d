package io.penstock.core.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.compression.Compression;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Builds one batch in its final binary form, in a pooled direct buffer that grows. A record leaves no object behind.
 *
 * <p>Records that do not get smaller by compression are stored uncompressed, and the batch's attributes say so; hence
 * {@link #estimatedSizeInBytes()} is never exceeded.
 *
 * <p>Not thread-safe. A builder ends in {@link #build()} or {@link #release()}; afterwards it refuses everything but a
 * second {@code release}, which does nothing.
 */
public final class RecordBatchBuilder {

    /** Attributes, timestamp delta, and the varints of length, offset delta, key length and value length. */
    private static final int MAX_RECORD_OVERHEAD = 1 + Varints.MAX_LONG_BYTES + 4 * Varints.MAX_INT_BYTES;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ByteBufAllocator allocator;
    private final Compression compression;
    private final int headroom;

    private @Nullable ByteBuf buffer;
    /** The buffer's bytes without the layers of a ByteBuf, which cost more than the writing of a byte. */
    private ByteBuffer view;

    private int end;
    private int recordCount;
    private long baseTimestamp = RecordBatch.NO_TIMESTAMP;
    private long maxTimestamp = RecordBatch.NO_TIMESTAMP;

    private long baseOffset;
    private int leaderEpoch = RecordBatch.NO_LEADER_EPOCH;
    private long producerId = RecordBatch.NO_PRODUCER_ID;
    private short producerEpoch = RecordBatch.NO_PRODUCER_EPOCH;
    private int baseSequence = RecordBatch.NO_SEQUENCE;
    private boolean transactional;
    private boolean control;

    /**
     * Starts a batch.
     *
     * @param headroomBytes bytes left free before the batch, for a protocol header
     * @param initialCapacity bytes to allocate at first for header and records; it grows as needed
     */
    public RecordBatchBuilder(
            ByteBufAllocator allocator, Compression compression, int headroomBytes, int initialCapacity) {
        if (headroomBytes < 0) {
            throw new IllegalArgumentException("headroomBytes must be 0 or more, was " + headroomBytes);
        }
        this.allocator = allocator;
        this.compression = compression;
        this.headroom = headroomBytes;
        int start = headroomBytes + RecordBatch.OVERHEAD;
        ByteBuf records = allocator.directBuffer(Math.max(start, headroomBytes + initialCapacity));
        this.buffer = records;
        this.view = records.nioBuffer(0, records.capacity());
        this.end = start;
    }

    /** The offset of the first record; 0 if not set. The broker sets its own. */
    public RecordBatchBuilder baseOffset(long offset) {
        baseOffset = offset;
        return this;
    }

    /** The partition leader epoch; {@value RecordBatch#NO_LEADER_EPOCH} if not set. The broker sets its own. */
    public RecordBatchBuilder leaderEpoch(int epoch) {
        leaderEpoch = epoch;
        return this;
    }

    /** The idempotent producer's id and epoch, and the sequence of the first record. */
    public RecordBatchBuilder producer(long id, short epoch, int sequence) {
        producerId = id;
        producerEpoch = epoch;
        baseSequence = sequence;
        return this;
    }

    /** Marks it as part of a transaction; it needs a producer id then. */
    public RecordBatchBuilder transactional(boolean isTransactional) {
        transactional = isTransactional;
        return this;
    }

    /** Marks it as the broker's own, with markers for records. */
    public RecordBatchBuilder control(boolean isControl) {
        control = isControl;
        return this;
    }

    /**
     * Adds a record whose key and value are ranges of the caller's array.
     *
     * @param timestamp ms since 1970, or {@link RecordBatch#NO_TIMESTAMP}
     * @param keyLength −1 for no key; then its index is not looked at
     * @param valueLength −1 for no value; then its index is not looked at
     */
    public void append(
            long timestamp,
            byte[] source,
            int keyIndex,
            int keyLength,
            int valueIndex,
            int valueLength,
            RecordHeaders headers) {
        append(timestamp, source, keyIndex, keyLength, source, valueIndex, valueLength, headers);
    }

    /** Adds a record. */
    public void append(long timestamp, byte @Nullable [] key, byte @Nullable [] value, RecordHeaders headers) {
        append(timestamp, key, 0, length(key), value, 0, length(value), headers);
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? -1 : bytes.length;
    }

    private void append(
            long timestamp,
            byte @Nullable [] key,
            int keyIndex,
            int keyLength,
            byte @Nullable [] value,
            int valueIndex,
            int valueLength,
            RecordHeaders headers) {
        if (timestamp < RecordBatch.NO_TIMESTAMP) {
            throw new IllegalArgumentException("timestamp must be 0 or more, or -1 for none, was " + timestamp);
        }
        long timestampDelta = recordCount == 0 ? 0 : timestamp - baseTimestamp;
        long bodyBytes = 1L
                + Varints.sizeOfLong(timestampDelta)
                + Varints.sizeOfInt(recordCount)
                + Varints.sizeOfInt(keyLength)
                + Math.max(0, keyLength)
                + Varints.sizeOfInt(valueLength)
                + Math.max(0, valueLength)
                + headers.encodedBytes();
        int body = Math.toIntExact(bodyBytes);
        ByteBuffer target = room(Math.addExact(Varints.MAX_INT_BYTES, body));
        int index = Varints.writeInt(target, end, body);
        target.put(index++, (byte) 0);
        index = Varints.writeLong(target, index, timestampDelta);
        index = Varints.writeInt(target, index, recordCount);
        index = write(target, index, key, keyIndex, keyLength);
        index = write(target, index, value, valueIndex, valueLength);
        end = headers.write(target, index);
        if (recordCount++ == 0) {
            baseTimestamp = timestamp;
        }
        maxTimestamp = Math.max(maxTimestamp, timestamp);
    }

    private static int write(ByteBuffer target, int start, byte @Nullable [] source, int from, int length) {
        int index = Varints.writeInt(target, start, length);
        if (source == null || length <= 0) {
            return index;
        }
        target.put(index, source, from, length);
        return index + length;
    }

    /** The buffer's bytes, with room for as many more. */
    private ByteBuffer room(int bytes) {
        ByteBuf records = open();
        if (bytes > view.capacity() - end) {
            records.writerIndex(end).ensureWritable(bytes);
            view = records.nioBuffer(0, records.capacity());
        }
        return view;
    }

    public int recordCount() {
        return recordCount;
    }

    public boolean isEmpty() {
        return recordCount == 0;
    }

    /** The most bytes that the batch would have if it were built now, without headroom. */
    public int estimatedSizeInBytes() {
        open();
        return end - headroom;
    }

    /**
     * The most bytes that the batch would have after one more record, without headroom.
     *
     * @param keyLength −1 for no key
     * @param valueLength −1 for no value
     */
    public int sizeWith(int keyLength, int valueLength, RecordHeaders headers) {
        long record =
                (long) MAX_RECORD_OVERHEAD + Math.max(0, keyLength) + Math.max(0, valueLength) + headers.encodedBytes();
        return (int) Math.min(Integer.MAX_VALUE, estimatedSizeInBytes() + record);
    }

    /** The most bytes that a batch of one such record would have, without headroom. */
    public static long sizeOfOne(int keyLength, int valueLength, RecordHeaders headers) {
        return (long) RecordBatch.OVERHEAD
                + MAX_RECORD_OVERHEAD
                + Math.max(0, keyLength)
                + Math.max(0, valueLength)
                + headers.encodedBytes();
    }

    /**
     * Ends the batch.
     *
     * @return headroom and batch from reader index 0; the caller owns it
     * @throws IllegalStateException if it has no record, or is transactional without a producer id
     */
    public ByteBuf build() {
        ByteBuf records = open().writerIndex(end);
        if (recordCount == 0) {
            throw new IllegalStateException("a batch has at least one record");
        }
        if (transactional && producerId == RecordBatch.NO_PRODUCER_ID) {
            throw new IllegalStateException("a transactional batch has a producer id");
        }
        ByteBuf batch = compression == Compression.NONE ? records : compressed(records);
        boolean shrunk = batch != records;
        writeHeader(batch, shrunk ? compression : Compression.NONE);
        forget();
        if (shrunk) {
            records.release();
        }
        return batch;
    }

    /** The batch with its records compressed, or the same buffer if that does not make them smaller. */
    private ByteBuf compressed(ByteBuf records) {
        int start = headroom + RecordBatch.OVERHEAD;
        int recordBytes = records.writerIndex() - start;
        ByteBuf target = allocator.directBuffer(start + recordBytes / 2).writerIndex(start);
        ByteBuf smaller = records;
        try {
            compression.compress(records.slice(start, recordBytes), target);
            smaller = target.writerIndex() < records.writerIndex() ? target : records;
            return smaller;
        } finally {
            if (smaller == records) {
                target.release();
            }
        }
    }

    private void writeHeader(ByteBuf batch, Compression used) {
        int at = headroom;
        batch.setLong(at, baseOffset);
        batch.setInt(at + RecordBatch.LENGTH_AT, batch.writerIndex() - at - RecordBatch.LOG_OVERHEAD);
        batch.setInt(at + RecordBatch.LEADER_EPOCH_AT, leaderEpoch);
        batch.setByte(at + RecordBatch.MAGIC_AT, RecordBatch.MAGIC);
        batch.setShort(at + RecordBatch.ATTRIBUTES_AT, attributes(used));
        batch.setInt(at + RecordBatch.LAST_OFFSET_DELTA_AT, recordCount - 1);
        batch.setLong(at + RecordBatch.BASE_TIMESTAMP_AT, baseTimestamp);
        batch.setLong(at + RecordBatch.MAX_TIMESTAMP_AT, maxTimestamp);
        batch.setLong(at + RecordBatch.PRODUCER_ID_AT, producerId);
        batch.setShort(at + RecordBatch.PRODUCER_EPOCH_AT, producerEpoch);
        batch.setInt(at + RecordBatch.BASE_SEQUENCE_AT, baseSequence);
        batch.setInt(at + RecordBatch.RECORD_COUNT_AT, recordCount);
        RecordBatch.at(batch, at).writeCrc();
    }

    private int attributes(Compression used) {
        return used.id() | (transactional ? RecordBatch.TRANSACTIONAL : 0) | (control ? RecordBatch.CONTROL : 0);
    }

    /** Gives up without building. */
    public void release() {
        if (buffer != null) {
            buffer.release();
            forget();
        }
    }

    private void forget() {
        buffer = null;
        view = NOTHING;
    }

    private ByteBuf open() {
        if (buffer == null) {
            throw new IllegalStateException("the builder is spent");
        }
        return buffer;
    }
}

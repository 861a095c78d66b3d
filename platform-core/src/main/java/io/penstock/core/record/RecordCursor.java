package io.penstock.core.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.penstock.core.compression.Compression;
import io.penstock.core.compression.DecompressionException;
import io.penstock.core.model.TimestampType;
import io.penstock.core.record.CorruptBatchException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A forward cursor over the records of one batch, to be used for batch after batch. Keys and values are ranges of a
 * buffer: the batch's own, or, if the batch is compressed, one into which its records are decompressed as a whole when
 * it is opened. Nothing is allocated or copied per record, headers apart.
 *
 * <p>Every length is checked against the bytes that are there, so that damaged bytes end in a
 * {@link CorruptBatchException} and nothing else. The CRC is not looked at: see {@link RecordBatch#ensureValid}.
 *
 * <p>The opened buffer is not retained, and must outlive the iteration. Not thread-safe.
 */
public final class RecordCursor implements AutoCloseable {

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final ByteBufAllocator allocator;
    private final BatchLimits limits;
    private final RecordBatch batch = RecordBatch.at(Unpooled.EMPTY_BUFFER, 0);

    private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
    private @Nullable ByteBuf decompressed;

    /** The records' bytes without the layers of a ByteBuf, which cost more than the reading of a byte. */
    private ByteBuffer bytes = EMPTY;

    private int start;
    private int position;
    private int end;

    private int recordsLeft;
    private boolean logAppendTime;
    private long baseOffset;
    private long baseTimestamp;
    private long maxTimestamp;
    private int lastOffsetDelta;

    private int recordStart;
    private int recordEnd;
    private int afterTimestamp;
    private long timestamp;
    private int offsetDelta;
    private int keyIndex;
    private int keyLength;
    private int valueIndex;
    private int valueLength;
    private int headerCount;
    private int headersIndex;

    /** A cursor over nothing yet. */
    public RecordCursor(ByteBufAllocator allocator, BatchLimits limits) {
        this.allocator = allocator;
        this.limits = limits;
    }

    /**
     * Starts before the first record of the batch at an index of the buffer, and decompresses if need be.
     *
     * @throws CorruptBatchException if the header breaks a rule (the CRC apart), or the compressed data is damaged or
     *     expands past the limits; the cursor is closed then
     */
    public void open(ByteBuf source, int batchIndex) {
        close();
        batch.moveTo(source, batchIndex);
        batch.ensureFits(limits);
        batch.ensureCountable(limits);
        int start = batchIndex + RecordBatch.OVERHEAD;
        int stored = batch.sizeInBytes() - RecordBatch.OVERHEAD;
        Compression compression = batch.compression();
        if (compression == Compression.NONE) {
            startAt(source, start, start + stored);
        } else {
            ByteBuf records = decompress(compression, source.slice(start, stored));
            decompressed = records;
            startAt(records, 0, records.writerIndex());
        }
    }

    private void startAt(ByteBuf records, int first, int after) {
        buffer = records;
        bytes = records.nioBuffer(first, after - first);
        start = first;
        end = after;
        rewind();
        logAppendTime = batch.timestampType() == TimestampType.LOG_APPEND_TIME;
        baseOffset = batch.baseOffset();
        baseTimestamp = batch.baseTimestamp();
        maxTimestamp = batch.maxTimestamp();
        lastOffsetDelta = batch.lastOffsetDelta();
    }

    /** Goes back before the first record of the open batch. */
    public void rewind() {
        position = start;
        recordsLeft = batch.recordCount();
        offsetDelta = -1;
    }

    private ByteBuf decompress(Compression compression, ByteBuf stored) {
        try {
            return compression.decompress(stored, allocator, limits.decompressedLimit(stored.readableBytes()));
        } catch (DecompressionException e) {
            Reason reason = e.reason() == DecompressionException.Reason.TOO_LARGE
                    ? Reason.EXPANDS_TOO_FAR
                    : Reason.BAD_COMPRESSED_DATA;
            throw new CorruptBatchException(reason, batch.baseOffset(), e.getMessage(), e);
        }
    }

    /**
     * Moves to the next record.
     *
     * @return false after the last
     * @throws CorruptBatchException if the bytes are not a record, or some are left after the last
     * @throws IllegalReferenceCountException if the buffer was released
     */
    public boolean next() {
        if (recordsLeft == 0) {
            if (position != end) {
                throw corrupt((end - position) + " bytes follow the last record");
            }
            return false;
        }
        if (buffer.refCnt() == 0) {
            throw new IllegalReferenceCountException("the batch was released while its records were read");
        }
        recordsLeft--;
        recordStart = position;
        recordEnd = end;
        int length = readInt();
        if (length < RecordBatch.MIN_RECORD_BYTES - 1 || length > end - position) {
            throw corrupt("length " + length + " where " + (end - position) + " bytes are left");
        }
        recordEnd = position + length;
        readFields();
        position = recordEnd;
        return true;
    }

    private void readFields() {
        position++; // attributes: none is defined
        timestamp = baseTimestamp + readLong();
        afterTimestamp = position;
        int delta = readInt();
        if (delta <= offsetDelta || delta > lastOffsetDelta) {
            throw corrupt("offset delta " + delta + " after " + offsetDelta + " with a last one of " + lastOffsetDelta);
        }
        offsetDelta = delta;
        keyLength = readLength("key");
        keyIndex = position;
        position += Math.max(0, keyLength);
        valueLength = readLength("value");
        valueIndex = position;
        position += Math.max(0, valueLength);
        headerCount = readInt();
        headersIndex = position;
        int left = recordEnd - position;
        // a header takes two bytes at least
        if (headerCount < 0 || headerCount > left / 2 || (headerCount == 0 && left != 0)) {
            throw corrupt(headerCount + " headers in " + left + " bytes");
        }
    }

    /** A length of −1 or more that fits into what is left of the record. */
    private int readLength(String of) {
        int length = readInt();
        if (length < -1 || length > recordEnd - position) {
            throw corrupt(of + " length " + length + " where " + (recordEnd - position) + " bytes are left");
        }
        return length;
    }

    private int readInt() {
        int bits = 0;
        for (int shift = 0; shift < 7 * Varints.MAX_INT_BYTES; shift += 7) {
            byte next = readByte();
            bits |= (next & 0x7f) << shift;
            if (next >= 0) {
                return Varints.unzigzag(bits);
            }
        }
        throw corrupt("a varint of more than " + Varints.MAX_INT_BYTES + " bytes");
    }

    private long readLong() {
        long bits = 0;
        for (int shift = 0; shift < 7 * Varints.MAX_LONG_BYTES; shift += 7) {
            byte next = readByte();
            bits |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return Varints.unzigzag(bits);
            }
        }
        throw corrupt("a varint of more than " + Varints.MAX_LONG_BYTES + " bytes");
    }

    private byte readByte() {
        if (position >= recordEnd) {
            throw corrupt("it ends inside of a field");
        }
        return bytes.get(position++ - start);
    }

    private CorruptBatchException corrupt(String what) {
        int record = batch.recordCount() - recordsLeft - 1;
        return batch.corrupt(Reason.BAD_RECORD, "record " + record + ": " + what);
    }

    /** The record's offset. */
    public long offset() {
        return baseOffset + offsetDelta;
    }

    /** The record's offset less the batch's base offset. */
    public int offsetDelta() {
        return offsetDelta;
    }

    /** The record's time in ms since 1970: the broker's if the batch says so, else the producer's; −1 for none. */
    public long timestamp() {
        return logAppendTime ? maxTimestamp : timestamp;
    }

    /** The time in the record itself, whatever the batch says. */
    long ownTimestamp() {
        return timestamp;
    }

    /** Where the record begins in {@link #buffer()}, with its length. */
    int recordStart() {
        return recordStart;
    }

    /** Where what follows the timestamp delta begins. */
    int afterTimestamp() {
        return afterTimestamp;
    }

    /** Where the record ends. */
    int recordEnd() {
        return recordEnd;
    }

    /** The buffer in which key and value lie, until {@link #close()} or the next {@link #open}. */
    public ByteBuf buffer() {
        return buffer;
    }

    public int keyIndex() {
        return keyIndex;
    }

    /** The key's bytes; −1 if it has none. */
    public int keyLength() {
        return keyLength;
    }

    public int valueIndex() {
        return valueIndex;
    }

    /** The value's bytes; −1 if it has none. */
    public int valueLength() {
        return valueLength;
    }

    public int headerCount() {
        return headerCount;
    }

    /**
     * The record's headers, copied out of the buffer; allocates only if there are some.
     *
     * @throws CorruptBatchException if they do not fit into the record
     */
    public RecordHeaders headers() {
        if (headerCount == 0) {
            return RecordHeaders.EMPTY;
        }
        List<RecordHeader> headers = new ArrayList<>(headerCount);
        int resume = position;
        position = headersIndex;
        for (int i = 0; i < headerCount; i++) {
            int keyBytes = readHeaderKeyLength();
            String key = buffer.toString(position, keyBytes, StandardCharsets.UTF_8);
            position += keyBytes;
            headers.add(new RecordHeader(key, readBytes(readLength("header value"))));
        }
        endHeadersAt(resume);
        return RecordHeaders.of(headers);
    }

    /** Checks that the headers fill the record exactly, without reading them. */
    void ensureHeadersFit() {
        int resume = position;
        position = headersIndex;
        for (int i = 0; i < headerCount; i++) {
            int keyBytes = readHeaderKeyLength();
            position += keyBytes;
            int valueBytes = readLength("header value");
            position += Math.max(0, valueBytes);
        }
        endHeadersAt(resume);
    }

    private void endHeadersAt(int resume) {
        if (position != recordEnd) {
            throw corrupt((recordEnd - position) + " bytes follow the last header");
        }
        position = resume;
    }

    private int readHeaderKeyLength() {
        int length = readLength("header key");
        if (length < 0) {
            throw corrupt("a header without a key");
        }
        return length;
    }

    private byte @Nullable [] readBytes(int length) {
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        buffer.getBytes(position, bytes);
        position += length;
        return bytes;
    }

    /** Releases what was decompressed. The cursor stands over nothing then, and can be opened again. */
    @Override
    public void close() {
        if (decompressed != null) {
            decompressed.release();
            decompressed = null;
        }
        buffer = Unpooled.EMPTY_BUFFER;
        bytes = EMPTY;
        position = 0;
        end = 0;
        recordsLeft = 0;
        headerCount = 0;
    }
}

package io.penstock.core.record;

import io.netty.buffer.ByteBuf;
import io.penstock.core.compression.Compression;
import io.penstock.core.model.TimestampType;
import io.penstock.core.record.CorruptBatchException.Reason;
import java.util.zip.CRC32C;

/**
 * The header of one batch in format v2, read in place: a flyweight over a buffer that somebody else owns.
 *
 * <pre>
 *   0  base offset             int64   set by the broker
 *   8  batch length            int32   bytes from here to the end: the batch is 12 more
 *  12  partition leader epoch  int32   set by the broker
 *  16  magic                   int8    2
 *  17  crc                     uint32  CRC-32C of everything from 21 to the end
 *  21  attributes              int16   0–2 compression, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon
 *  23  last offset delta       int32   last offset − base offset
 *  27  base timestamp          int64   ms, of the first record; the delete horizon if bit 6 is set
 *  35  max timestamp           int64   ms; the append time if bit 3 is set
 *  43  producer id             int64   −1 for none
 *  51  producer epoch          int16   −1 for none
 *  53  base sequence           int32   −1 for none
 *  57  record count            int32
 *  61  records, compressed together:
 *        length varint | attributes int8 = 0 | timestamp delta varlong | offset delta varint
 *        | key length varint, −1 for null | key | value length varint, −1 for null | value | {@link RecordHeaders headers}
 * </pre>
 *
 * Numbers are big endian. Offset, length, epoch and magic lie outside of the CRC, so that a broker can set its fields
 * without reading the rest.
 *
 * <p>Accessors do not check: call {@link #ensureValid} on bytes of unknown origin first. Not thread-safe while a cursor
 * moves it or a setter runs.
 */
public final class RecordBatch {

    /** The bytes of the header. */
    public static final int OVERHEAD = 61;

    /** The bytes of base offset and batch length, which the batch length does not count. */
    public static final int LOG_OVERHEAD = 12;

    /** The format's number. */
    public static final byte MAGIC = 2;

    public static final long NO_PRODUCER_ID = -1;
    public static final short NO_PRODUCER_EPOCH = -1;
    public static final int NO_SEQUENCE = -1;
    public static final long NO_TIMESTAMP = -1;
    public static final int NO_LEADER_EPOCH = -1;

    /** The fewest bytes of a record: its length and six fields of one byte. */
    static final int MIN_RECORD_BYTES = 7;

    static final int LENGTH_AT = 8;
    static final int LEADER_EPOCH_AT = 12;
    static final int MAGIC_AT = 16;
    static final int CRC_AT = 17;
    static final int ATTRIBUTES_AT = 21;
    static final int LAST_OFFSET_DELTA_AT = 23;
    static final int BASE_TIMESTAMP_AT = 27;
    static final int MAX_TIMESTAMP_AT = 35;
    static final int PRODUCER_ID_AT = 43;
    static final int PRODUCER_EPOCH_AT = 51;
    static final int BASE_SEQUENCE_AT = 53;
    static final int RECORD_COUNT_AT = 57;

    static final int COMPRESSION_MASK = 0b111;
    static final int LOG_APPEND_TIME = 1 << 3;
    static final int TRANSACTIONAL = 1 << 4;
    static final int CONTROL = 1 << 5;
    static final int DELETE_HORIZON = 1 << 6;

    private ByteBuf buffer;
    private int index;

    private RecordBatch(ByteBuf buffer, int index) {
        this.buffer = buffer;
        this.index = index;
    }

    /** The batch that starts at an index of the buffer; neither copies nor retains nor checks. */
    public static RecordBatch at(ByteBuf buffer, int index) {
        return new RecordBatch(buffer, index);
    }

    RecordBatch moveTo(ByteBuf newBuffer, int newIndex) {
        buffer = newBuffer;
        index = newIndex;
        return this;
    }

    /** The buffer that it lies in. */
    public ByteBuf buffer() {
        return buffer;
    }

    /** The index in the buffer at which it starts. */
    public int index() {
        return index;
    }

    /** All its bytes: header and records. */
    public int sizeInBytes() {
        return LOG_OVERHEAD + buffer.getInt(index + LENGTH_AT);
    }

    public long baseOffset() {
        return buffer.getLong(index);
    }

    public long lastOffset() {
        return baseOffset() + lastOffsetDelta();
    }

    /** The offset after the last one. */
    public long nextOffset() {
        return lastOffset() + 1;
    }

    /** The epoch of the leader that appended it; {@value #NO_LEADER_EPOCH} before. */
    public int leaderEpoch() {
        return buffer.getInt(index + LEADER_EPOCH_AT);
    }

    public byte magic() {
        return buffer.getByte(index + MAGIC_AT);
    }

    /** The checksum as stored, unsigned. */
    public long crc() {
        return buffer.getUnsignedInt(index + CRC_AT);
    }

    /** Tells whether the stored checksum is that of the bytes. */
    public boolean isCrcValid() {
        return crc() == computeCrc();
    }

    /**
     * How the records are compressed.
     *
     * @throws io.penstock.core.error.PenstockException {@code UNSUPPORTED_COMPRESSION_TYPE}
     */
    public Compression compression() {
        return Compression.ofId(attributes() & COMPRESSION_MASK);
    }

    public TimestampType timestampType() {
        return has(LOG_APPEND_TIME) ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME;
    }

    public boolean isTransactional() {
        return has(TRANSACTIONAL);
    }

    /** Tells whether its records are markers of the broker's own, which consumers skip. */
    public boolean isControl() {
        return has(CONTROL);
    }

    /** Tells whether the base timestamp is the time at which its tombstones may go. */
    public boolean hasDeleteHorizon() {
        return has(DELETE_HORIZON);
    }

    public int lastOffsetDelta() {
        return buffer.getInt(index + LAST_OFFSET_DELTA_AT);
    }

    /** Milliseconds since 1970, from which the records' deltas count; {@value #NO_TIMESTAMP} for none. */
    public long baseTimestamp() {
        return buffer.getLong(index + BASE_TIMESTAMP_AT);
    }

    /** Milliseconds since 1970; {@value #NO_TIMESTAMP} for none. */
    public long maxTimestamp() {
        return buffer.getLong(index + MAX_TIMESTAMP_AT);
    }

    public long producerId() {
        return buffer.getLong(index + PRODUCER_ID_AT);
    }

    public short producerEpoch() {
        return buffer.getShort(index + PRODUCER_EPOCH_AT);
    }

    public int baseSequence() {
        return buffer.getInt(index + BASE_SEQUENCE_AT);
    }

    public int recordCount() {
        return buffer.getInt(index + RECORD_COUNT_AT);
    }

    /** Sets the base offset in place; the CRC does not cover it. */
    public void setBaseOffset(long baseOffset) {
        buffer.setLong(index, baseOffset);
    }

    /** Sets the leader epoch in place; the CRC does not cover it. */
    public void setLeaderEpoch(int leaderEpoch) {
        buffer.setInt(index + LEADER_EPOCH_AT, leaderEpoch);
    }

    /** Gives all its records the broker's time: sets type and max timestamp, and computes the CRC anew. */
    public void setLogAppendTime(long timestampMs) {
        buffer.setShort(index + ATTRIBUTES_AT, attributes() | LOG_APPEND_TIME);
        setMaxTimestamp(timestampMs);
    }

    /** Gives its records their own times again: sets type and max timestamp, and computes the CRC anew. */
    public void setCreateTime(long maxTimestampMs) {
        buffer.setShort(index + ATTRIBUTES_AT, attributes() & ~LOG_APPEND_TIME);
        setMaxTimestamp(maxTimestampMs);
    }

    /** Sets the idempotent producer's id and epoch and the sequence of the first record, and computes the CRC anew. */
    public void setProducer(long id, short epoch, int sequence) {
        buffer.setLong(index + PRODUCER_ID_AT, id);
        buffer.setShort(index + PRODUCER_EPOCH_AT, epoch);
        buffer.setInt(index + BASE_SEQUENCE_AT, sequence);
        writeCrc();
    }

    /** Corrects the max timestamp, and computes the CRC anew. */
    public void setMaxTimestamp(long timestampMs) {
        buffer.setLong(index + MAX_TIMESTAMP_AT, timestampMs);
        writeCrc();
    }

    void writeCrc() {
        buffer.setInt(index + CRC_AT, (int) computeCrc());
    }

    /**
     * Checks everything that can be told without reading the records: that the batch ends before the buffer's
     * readable bytes do, magic, CRC, compression, counts that can fit. Gaps in offsets and an empty batch are legal, as
     * compaction leaves them.
     *
     * @throws CorruptBatchException with the first rule that it breaks
     */
    public void ensureValid(BatchLimits limits) {
        ensureFits(limits);
        if (!isCrcValid()) {
            throw corrupt(
                    Reason.BAD_CRC,
                    "CRC-32C is " + Long.toHexString(computeCrc()) + ", the header says " + Long.toHexString(crc()));
        }
        ensureCountable(limits);
    }

    /** The part of the check that makes reading the header safe. */
    void ensureFits(BatchLimits limits) {
        int readable = buffer.writerIndex() - index;
        if (readable < OVERHEAD) {
            throw new CorruptBatchException(
                    Reason.TRUNCATED,
                    readable < Long.BYTES ? -1 : baseOffset(),
                    readable + " bytes, fewer than a header's " + OVERHEAD);
        }
        int length = buffer.getInt(index + LENGTH_AT);
        if (length < OVERHEAD - LOG_OVERHEAD) {
            throw corrupt(Reason.BAD_LENGTH, "length " + length + " is less than a header's");
        }
        if (magic() != MAGIC) {
            throw corrupt(Reason.BAD_MAGIC, "magic " + magic() + "; only " + MAGIC + " is read");
        }
        if (length > limits.maxBatchBytes() - LOG_OVERHEAD) {
            throw corrupt(
                    Reason.TOO_LARGE,
                    (long) length + LOG_OVERHEAD + " bytes; at most " + limits.maxBatchBytes() + " are allowed");
        }
        if (length > readable - LOG_OVERHEAD) {
            throw corrupt(
                    Reason.TRUNCATED, (long) length + LOG_OVERHEAD + " bytes, of which " + readable + " are there");
        }
    }

    /** The part of the check that makes reading the records safe. */
    void ensureCountable(BatchLimits limits) {
        int compressionId = attributes() & COMPRESSION_MASK;
        if (!Compression.isKnownId(compressionId)) {
            throw corrupt(Reason.UNKNOWN_COMPRESSION, "compression " + compressionId + " is unknown");
        }
        int stored = sizeInBytes() - OVERHEAD;
        int most = compressionId == Compression.NONE.id() ? stored : limits.decompressedLimit(stored);
        int count = recordCount();
        int lastDelta = lastOffsetDelta();
        if (count < 0 || lastDelta < 0 || count > lastDelta + 1L || count > most / MIN_RECORD_BYTES) {
            throw corrupt(
                    Reason.BAD_COUNT,
                    count + " records with a last offset delta of " + lastDelta + " in " + stored + " bytes");
        }
        if (baseOffset() < 0 || baseOffset() > Long.MAX_VALUE - 1 - lastDelta) {
            throw corrupt(Reason.BAD_COUNT, "offsets beyond the range of an offset");
        }
    }

    CorruptBatchException corrupt(Reason reason, String what) {
        return new CorruptBatchException(reason, baseOffset(), what);
    }

    private long computeCrc() {
        CRC32C crc = new CRC32C();
        crc.update(buffer.nioBuffer(index + ATTRIBUTES_AT, sizeInBytes() - ATTRIBUTES_AT));
        return crc.getValue();
    }

    private int attributes() {
        return buffer.getShort(index + ATTRIBUTES_AT);
    }

    private boolean has(int attribute) {
        return (attributes() & attribute) != 0;
    }

    @Override
    public String toString() {
        return "RecordBatch[offsets " + baseOffset() + ".." + lastOffset() + ", " + recordCount() + " records, "
                + sizeInBytes() + " bytes, epoch " + leaderEpoch() + "]";
    }
}

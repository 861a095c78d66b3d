package io.penstock.core.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.compression.Compression;
import io.penstock.core.model.TimestampType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a batch of some of another one's records, as compaction leaves them: offsets, producer id, epoch and sequence,
 * leader epoch, codec and attributes are those of the source, and so is the last offset, whether or not its record stays.
 * Where the base timestamp stays, a record is copied as it is.
 *
 * <pre>{@code
 *  rewriter.begin(batch, records, horizon);
 *  while (records.next()) { if (stays) rewriter.keep(); }
 *  ByteBuf smaller = rewriter.end();
 * }</pre>
 *
 * Not thread-safe, to be used for batch after batch. Every {@link #begin} ends in {@link #end} or {@link #release()}.
 */
public final class BatchRewriter {

    /** Says to {@link #begin} that the delete horizon stays what it is. */
    public static final long SAME_HORIZON = -1;

    private final ByteBufAllocator allocator;
    private final ByteBuffer prefix = ByteBuffer.allocate(Varints.MAX_INT_BYTES + 1 + Varints.MAX_LONG_BYTES);

    private @Nullable ByteBuf target;
    private @Nullable RecordCursor records;
    private long newHorizonMs;
    private long baseTimestamp;
    private long maxTimestamp;
    private int kept;

    public BatchRewriter(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /**
     * Starts a batch.
     *
     * @param source the header, with the whole batch in its buffer
     * @param cursor opened over the source; moved by the caller
     * @param horizonMs the time from which on its tombstones may go, in ms since 1970, or {@link #SAME_HORIZON}
     */
    public void begin(RecordBatch source, RecordCursor cursor, long horizonMs) {
        release();
        ByteBuf header =
                allocator.directBuffer(RecordBatch.OVERHEAD + cursor.buffer().writerIndex());
        header.writeBytes(source.buffer().nioBuffer(source.index(), RecordBatch.OVERHEAD));
        target = header;
        records = cursor;
        newHorizonMs = horizonMs;
        baseTimestamp = horizonMs == SAME_HORIZON ? source.baseTimestamp() : horizonMs;
        maxTimestamp = RecordBatch.NO_TIMESTAMP;
        kept = 0;
    }

    /** Takes over the record that the cursor stands on. */
    public void keep() {
        ByteBuf to = opened(target);
        RecordCursor from = opened(records);
        if (newHorizonMs == SAME_HORIZON) {
            copy(from, from.recordStart(), to);
        } else {
            long delta = from.ownTimestamp() - baseTimestamp;
            int body = 1 + Varints.sizeOfLong(delta) + from.recordEnd() - from.afterTimestamp();
            int index = Varints.writeInt(prefix, 0, body);
            prefix.put(index++, (byte) 0);
            to.writeBytes(prefix.array(), 0, Varints.writeLong(prefix, index, delta));
            copy(from, from.afterTimestamp(), to);
        }
        maxTimestamp = Math.max(maxTimestamp, from.ownTimestamp());
        kept++;
    }

    private static void copy(RecordCursor from, int start, ByteBuf to) {
        to.writeBytes(from.buffer().nioBuffer(start, from.recordEnd() - start));
    }

    public int kept() {
        return kept;
    }

    /**
     * Ends the batch; without a record it is as {@link #emptyOf}.
     *
     * @return the batch, which the caller owns
     */
    public ByteBuf end() {
        ByteBuf plain = opened(target);
        RecordBatch batch = RecordBatch.at(plain, 0);
        if (kept == 0) {
            ByteBuf empty = emptyOf(batch, allocator);
            release();
            return empty;
        }
        Compression codec = batch.compression();
        ByteBuf done = codec == Compression.NONE ? plain : compressed(plain, codec);
        int attributes = plain.getShort(RecordBatch.ATTRIBUTES_AT) & ~RecordBatch.COMPRESSION_MASK;
        attributes |= done == plain ? Compression.NONE.id() : codec.id();
        attributes |= newHorizonMs == SAME_HORIZON ? 0 : RecordBatch.DELETE_HORIZON;
        done.setInt(RecordBatch.LENGTH_AT, done.writerIndex() - RecordBatch.LOG_OVERHEAD);
        done.setShort(RecordBatch.ATTRIBUTES_AT, attributes);
        done.setLong(RecordBatch.BASE_TIMESTAMP_AT, baseTimestamp);
        if (batch.timestampType() == TimestampType.CREATE_TIME) {
            done.setLong(RecordBatch.MAX_TIMESTAMP_AT, maxTimestamp);
        }
        done.setInt(RecordBatch.RECORD_COUNT_AT, kept);
        RecordBatch.at(done, 0).writeCrc();
        if (done == plain) {
            target = null;
        }
        release();
        return done;
    }

    /** The batch with its records compressed, or the same buffer if that does not make them smaller. */
    private ByteBuf compressed(ByteBuf plain, Compression codec) {
        int recordBytes = plain.writerIndex() - RecordBatch.OVERHEAD;
        ByteBuf smaller = allocator.directBuffer(RecordBatch.OVERHEAD + recordBytes / 2);
        boolean isSmaller = false;
        try {
            smaller.writeBytes(plain.nioBuffer(0, RecordBatch.OVERHEAD));
            codec.compress(plain.slice(RecordBatch.OVERHEAD, recordBytes), smaller);
            isSmaller = smaller.writerIndex() < plain.writerIndex();
            return isSmaller ? smaller : plain;
        } finally {
            if (!isSmaller) {
                smaller.release();
            }
        }
    }

    /**
     * A batch without records that has the offsets and the producer's marks of another one.
     *
     * @return a new buffer, which the caller owns
     */
    public static ByteBuf emptyOf(RecordBatch source, ByteBufAllocator allocator) {
        ByteBuf empty = allocator.directBuffer(RecordBatch.OVERHEAD);
        empty.writeBytes(source.buffer().nioBuffer(source.index(), RecordBatch.OVERHEAD));
        int attributes = empty.getShort(RecordBatch.ATTRIBUTES_AT)
                & ~(RecordBatch.COMPRESSION_MASK | RecordBatch.DELETE_HORIZON);
        empty.setInt(RecordBatch.LENGTH_AT, RecordBatch.OVERHEAD - RecordBatch.LOG_OVERHEAD);
        empty.setShort(RecordBatch.ATTRIBUTES_AT, attributes);
        empty.setLong(RecordBatch.BASE_TIMESTAMP_AT, source.maxTimestamp());
        empty.setInt(RecordBatch.RECORD_COUNT_AT, 0);
        RecordBatch.at(empty, 0).writeCrc();
        return empty;
    }

    /** Gives up a batch that was begun and not ended. */
    public void release() {
        if (target != null) {
            target.release();
            target = null;
        }
        records = null;
    }

    private static <T> T opened(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("no batch was begun");
        }
        return part;
    }
}

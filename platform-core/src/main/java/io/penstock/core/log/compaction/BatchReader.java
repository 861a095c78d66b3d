package io.penstock.core.log.compaction;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.log.segment.BatchScan;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.log.segment.SegmentTail;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.CorruptBatchException;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the batches of a segment one by one, whole and with their checksums, through a buffer of about a mebibyte. The
 * segment must be held, and its tail must not move back. Not thread-safe.
 */
public final class BatchReader implements AutoCloseable {

    private static final int CHUNK_BYTES = 1 << 20;
    private static final BatchLimits LIMITS = BatchLimits.DEFAULTS.withMaxBatchBytes(Integer.MAX_VALUE);

    private final ByteBufAllocator allocator;
    private final LogSegment segment;
    private final int end;
    private final long endOffset;

    private @Nullable ByteBuf chunk;
    private int chunkStart;
    private int position;
    private int next;
    private long minOffset;
    private long bytesRead;

    /** Over all batches that the segment has now. */
    public BatchReader(ByteBufAllocator allocator, LogSegment segment) {
        this.allocator = allocator;
        this.segment = segment;
        SegmentTail tail = segment.tail();
        this.end = tail.sizeInBytes();
        this.endOffset = tail.nextOffset();
        this.minOffset = segment.baseOffset();
    }

    /**
     * Moves to the next batch; false at the end.
     *
     * @throws CorruptBatchException if its bytes are not a batch
     */
    public boolean next() throws IOException {
        position = next;
        if (position >= end) {
            if (minOffset != endOffset) {
                throw new IOException(segment + " is damaged: its batches end with offset " + (minOffset - 1) + ", and "
                        + (endOffset - 1) + " was the last");
            }
            return false;
        }
        ByteBuf bytes = ensureThere(RecordBatch.OVERHEAD);
        RecordBatch batch = RecordBatch.at(bytes, position - chunkStart);
        String damage = end - position < RecordBatch.OVERHEAD
                ? "the file ends in the middle of a header"
                : BatchScan.headerDamage(batch, end - position, minOffset);
        if (!damage.isEmpty()) {
            throw new IOException(segment + " is damaged at position " + position + ": " + damage);
        }
        bytes = ensureThere(batch.sizeInBytes());
        batch = RecordBatch.at(bytes, position - chunkStart);
        batch.ensureValid(LIMITS);
        next = position + batch.sizeInBytes();
        minOffset = batch.nextOffset();
        return true;
    }

    /** The chunk, with so many bytes from the position on as far as the file has them. */
    private ByteBuf ensureThere(int bytes) throws IOException {
        ByteBuf current = chunk;
        if (current != null && chunkStart + current.writerIndex() - position >= Math.min(bytes, end - position)) {
            return current;
        }
        close();
        int size = Math.min(Math.max(bytes, CHUNK_BYTES), end - position);
        ByteBuf fresh = allocator.directBuffer(size);
        chunk = fresh;
        chunkStart = position;
        segment.read(fresh.nioBuffer(0, size), position);
        bytesRead += size;
        return fresh.writerIndex(size);
    }

    /** The batch that {@link #next()} moved to; its buffer stays until the next move, and longer for those who retain it. */
    public RecordBatch batch() {
        ByteBuf bytes = chunk;
        if (bytes == null) {
            throw new IllegalStateException("not at a batch");
        }
        return RecordBatch.at(bytes, position - chunkStart);
    }

    /** What was read from the file so far. */
    public long bytesRead() {
        return bytesRead;
    }

    @Override
    public void close() {
        if (chunk != null) {
            chunk.release();
            chunk = null;
        }
    }
}

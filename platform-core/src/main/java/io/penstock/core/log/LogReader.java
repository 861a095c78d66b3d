package io.penstock.core.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.segment.BatchScan;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.log.segment.SegmentTail;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log in order. It remembers where it stopped, so that reading on needs no index. It holds no files between
 * reads. Not thread-safe: one read at a time, from any thread.
 */
public final class LogReader implements AutoCloseable {

    /** A batch that is larger than this is checked against its checksum before memory is taken for it. */
    private static final int TRUSTED_BATCH_BYTES = 4 << 20;

    /** However much is asked for. */
    private static final int MAX_SLICE_BYTES = 64 << 20;

    private final PartitionLog log;

    /** The place of {@link #expectedOffset}, if there is a segment. */
    private @Nullable LogSegment segment;

    private long truncations;
    private int position;
    private long expectedOffset;

    LogReader(PartitionLog log) {
        this.log = log;
    }

    /**
     * Reads whole batches from the one that contains an offset on, or from the next one if no batch contains it.
     *
     * <p>At least one batch is read even if it is larger than {@code maxBytes}; a slice never goes beyond a segment, so it
     * may be smaller than what could be had. Blocks for the disk. Checksums are left to whoever decodes the batches.
     *
     * @param offset where to begin
     * @param limit no batch is read that has this offset or a greater one; usually the high watermark
     * @param maxBytes how many bytes of batches to read, 1 or more; more than 64 MiB are as 64 MiB
     * @param allocator gives the slice's buffer, best a direct one
     * @param headroom bytes to leave free before the batches, 0 or more
     * @return a slice whose buffer the caller releases; null if there is nothing before the limit
     * @throws OffsetOutOfRangeException if the offset is before the log's start or behind its end
     * @throws PenstockException {@code CORRUPT_MESSAGE} if the file has no possible batch there, {@code STORAGE_ERROR} if
     *     it can't be read, or what became of the log if it has failed, is closed or deleted
     */
    public @Nullable LogSlice read(long offset, long limit, int maxBytes, ByteBufAllocator allocator, int headroom) {
        if (maxBytes < 1 || headroom < 0) {
            throw new IllegalArgumentException("maxBytes " + maxBytes + ", headroom " + headroom);
        }
        while (true) {
            log.ensureUsable();
            LogSnapshot snapshot = log.snapshot();
            if (offset < snapshot.logStartOffset() || offset > snapshot.logEndOffset()) {
                throw new OffsetOutOfRangeException(log.partition(), offset, snapshot);
            }
            if (offset >= Math.min(limit, snapshot.logEndOffset())) {
                return null;
            }
            LogSegment current = remembered(offset);
            if (!current.acquire()) {
                // it was closed, deleted or cut away; the log's list is newer than what we remember
                segment = null;
                continue;
            }
            try {
                Attempt attempt = tryRead(current, offset, limit, maxBytes, allocator, headroom);
                if (attempt.isFinal) {
                    return attempt.slice;
                }
            } finally {
                current.release();
            }
        }
    }

    /** The segment to read in, with the place in it that is known: the remembered one, or none. */
    private LogSegment remembered(long offset) {
        LogSegment known = segment;
        if (known != null && expectedOffset == offset && known.truncations() == truncations) {
            return known;
        }
        LogSegment found = log.segments().floor(offset);
        segment = found;
        truncations = found.truncations();
        position = -1;
        expectedOffset = offset;
        return found;
    }

    private Attempt tryRead(
            LogSegment current, long offset, long limit, int maxBytes, ByteBufAllocator allocator, int headroom) {
        ByteBuf buffer = null;
        try {
            // before the tail: a segment that has a successor does not grow, so then this tail is its last
            SegmentList segments = log.segments();
            LogSegment successor = segments.after(current);
            SegmentTail tail = current.tail();
            int end = tail.sizeInBytes();
            long endOffset = successor == null ? tail.nextOffset() : successor.baseOffset();
            if (position < 0) {
                position = seek(current, offset);
            }
            if (position >= end) {
                if (!segments.holds(current)) {
                    // what replaced it may reach further than it did: look the offset up again
                    segment = null;
                    return Attempt.AGAIN;
                }
                return goOn(current, successor);
            }
            buffer = fill(current, end, offset, endOffset, maxBytes, allocator, headroom);
            if (current.truncations() != truncations) {
                segment = null;
                return Attempt.AGAIN;
            }
            LogSlice slice = wholeBatches(buffer, headroom, current, end, limit);
            if (slice != null) {
                position += slice.sizeInBytes();
                expectedOffset = slice.nextOffset();
                buffer = null;
            }
            return new Attempt(true, slice);
        } catch (IOException | PenstockException e) {
            if (current.truncations() != truncations) {
                segment = null;
                return Attempt.AGAIN;
            }
            segment = null;
            throw e instanceof PenstockException known ? known : log.readFailed("offset " + offset, (IOException) e);
        } finally {
            if (buffer != null) {
                buffer.release();
            }
        }
    }

    private Attempt goOn(LogSegment current, @Nullable LogSegment successor) {
        if (current.truncations() != truncations) {
            segment = null;
            return Attempt.AGAIN;
        }
        if (successor == null) {
            return new Attempt(true, null);
        }
        segment = successor;
        truncations = successor.truncations();
        position = 0;
        return Attempt.AGAIN;
    }

    /** The position of the first batch that ends at or after an offset; the segment's end if there is none. */
    private int seek(LogSegment current, long offset) throws IOException {
        BatchScan scan = current.scan(current.scanStart(offset));
        while (scan.next()) {
            log.countRead(RecordBatch.OVERHEAD);
            if (scan.batch().lastOffset() >= offset) {
                return scan.position();
            }
        }
        if (!scan.damage().isEmpty()) {
            throw log.corrupt(current, scan.position(), scan.damage());
        }
        return scan.position();
    }

    /** Reads as much as was asked for, or the one batch at the position if it is larger. */
    private ByteBuf fill(
            LogSegment current,
            int end,
            long offset,
            long endOffset,
            int maxBytes,
            ByteBufAllocator allocator,
            int headroom)
            throws IOException {
        int available = end - position;
        int wanted = Math.min(Math.max(Math.min(maxBytes, MAX_SLICE_BYTES), RecordBatch.OVERHEAD), available);
        ByteBuf buffer = readInto(current, wanted, allocator, headroom);
        try {
            RecordBatch first = RecordBatch.at(buffer, headroom);
            String damage = wanted < RecordBatch.OVERHEAD
                    ? "only " + wanted + " bytes"
                    : BatchScan.headerDamage(first, available, current.baseOffset());
            if (damage.isEmpty() && first.lastOffset() < offset) {
                damage = "it ends at offset " + first.lastOffset() + ", before " + offset;
            }
            if (damage.isEmpty() && first.lastOffset() >= endOffset) {
                // not to be taken for a batch that goes beyond the limit, for which the caller would wait
                damage = "it ends at offset " + first.lastOffset() + ", and the segment before " + endOffset;
            }
            if (damage.isEmpty() && first.sizeInBytes() <= wanted) {
                return buffer;
            }
            if (damage.isEmpty() && first.sizeInBytes() > TRUSTED_BATCH_BYTES && !isCrcValid(current)) {
                damage = "its checksum is wrong";
            }
            if (!damage.isEmpty()) {
                throw log.corrupt(current, position, damage);
            }
            int size = first.sizeInBytes();
            buffer.release();
            buffer = null;
            return readInto(current, size, allocator, headroom);
        } catch (IOException | RuntimeException e) {
            if (buffer != null) {
                buffer.release();
            }
            throw e;
        }
    }

    private boolean isCrcValid(LogSegment current) throws IOException {
        BatchScan scan = current.scan(position);
        return scan.next() && scan.isCrcValid();
    }

    private ByteBuf readInto(LogSegment current, int size, ByteBufAllocator allocator, int headroom)
            throws IOException {
        ByteBuf buffer = allocator.directBuffer(headroom + size);
        try {
            // a view of our own: the buffer's internal one is not for use off the event loop
            current.read(buffer.nioBuffer(headroom, size), position);
            log.countRead(size);
            return buffer.writerIndex(headroom + size);
        } catch (IOException | RuntimeException e) {
            buffer.release();
            throw e;
        }
    }

    /** Cuts the buffer behind the last whole batch before the limit; null if there is none. */
    private @Nullable LogSlice wholeBatches(ByteBuf buffer, int headroom, LogSegment current, int end, long limit) {
        int at = headroom;
        int count = 0;
        long next = current.baseOffset();
        while (buffer.writerIndex() - at >= RecordBatch.OVERHEAD) {
            RecordBatch batch = RecordBatch.at(buffer, at);
            int available = end - position - (at - headroom);
            if (!BatchScan.headerDamage(batch, available, next).isEmpty()
                    || batch.sizeInBytes() > buffer.writerIndex() - at
                    || batch.lastOffset() >= limit) {
                // damage is reported by the read that begins there
                break;
            }
            next = batch.nextOffset();
            at += batch.sizeInBytes();
            count++;
        }
        if (count == 0) {
            return null;
        }
        buffer.writerIndex(at);
        return new LogSlice(buffer, RecordBatch.at(buffer, headroom).baseOffset(), next, count, at - headroom);
    }

    /** Forgets the place; the reader can be used on. */
    @Override
    public void close() {
        segment = null;
    }

    /** What one try gave: a final answer, or that the place must be looked up again. */
    private record Attempt(boolean isFinal, @Nullable LogSlice slice) {
        static final Attempt AGAIN = new Attempt(false, null);
    }
}

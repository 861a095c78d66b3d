package io.penstock.core.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.segment.BatchScan;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.log.segment.SegmentTail;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.util.NavigableMap;
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

    /** No batch at the position begins before it, and one that begins there is right. */
    private long dueOffset;

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
                Attempt attempt = tryRead(current, new Wanted(offset, limit, maxBytes, allocator, headroom));
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

    private Attempt tryRead(LogSegment current, Wanted wanted) {
        ByteBuf buffer = null;
        try {
            // before the tail: a segment that has a successor does not grow, so then this tail is its last
            SegmentList segments = log.segments();
            LogSegment successor = segments.after(current);
            SegmentTail tail = current.tail();
            // after the tail: an epoch is known before it has a batch
            Extent extent = new Extent(
                    tail, successor == null ? tail.nextOffset() : successor.baseOffset(), log.leaderEpochs());
            if (position < 0) {
                seek(current, wanted.offset);
            }
            if (position >= tail.sizeInBytes()) {
                if (!segments.holds(current)) {
                    // what replaced it may reach further than it did: look the offset up again
                    segment = null;
                    return Attempt.AGAIN;
                }
                return goOn(current, successor);
            }
            buffer = fill(current, extent, wanted);
            if (current.truncations() != truncations) {
                segment = null;
                return Attempt.AGAIN;
            }
            LogSlice slice = wholeBatches(buffer, current, extent, wanted);
            if (slice != null) {
                position += slice.sizeInBytes();
                expectedOffset = slice.nextOffset();
                dueOffset = expectedOffset;
                buffer = null;
            }
            return new Attempt(true, slice);
        } catch (IOException | PenstockException e) {
            if (current.truncations() != truncations) {
                segment = null;
                return Attempt.AGAIN;
            }
            segment = null;
            throw e instanceof PenstockException known
                    ? known
                    : log.readFailed("offset " + wanted.offset, (IOException) e);
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
        dueOffset = successor.baseOffset();
        return Attempt.AGAIN;
    }

    /** Moves to the first batch that ends at or after an offset, or to the segment's end if there is none. */
    private void seek(LogSegment current, long offset) throws IOException {
        BatchScan scan = current.scan(current.scanStart(offset));
        while (scan.next()) {
            log.countRead(RecordBatch.OVERHEAD);
            if (scan.batch().lastOffset() >= offset) {
                // the walk has compared it with its neighbours
                dueOffset = scan.batch().baseOffset();
                position = scan.position();
                return;
            }
        }
        if (!scan.damage().isEmpty()) {
            throw log.corrupt(current, scan.position(), scan.damage());
        }
        position = scan.position();
        dueOffset = scan.dueOffset();
    }

    /** Reads as much as was asked for, or the one batch at the position if it is larger. */
    private ByteBuf fill(LogSegment current, Extent extent, Wanted wanted) throws IOException {
        int available = extent.tail.sizeInBytes() - position;
        int size = Math.min(Math.max(Math.min(wanted.maxBytes, MAX_SLICE_BYTES), RecordBatch.OVERHEAD), available);
        ByteBuf buffer = readInto(current, size, wanted);
        try {
            String damage = size < RecordBatch.OVERHEAD ? "only " + size + " bytes" : "";
            RecordBatch first = RecordBatch.at(buffer, wanted.headroom);
            if (damage.isEmpty()) {
                damage = damage(first, current, extent, wanted.offset);
            }
            if (damage.isEmpty() && first.sizeInBytes() <= size) {
                return buffer;
            }
            if (damage.isEmpty() && first.sizeInBytes() > TRUSTED_BATCH_BYTES && !isCrcValid(current)) {
                damage = "its checksum is wrong";
            }
            if (!damage.isEmpty()) {
                throw log.corrupt(current, position, damage);
            }
            int whole = first.sizeInBytes();
            buffer.release();
            buffer = null;
            return readInto(current, whole, wanted);
        } catch (IOException | RuntimeException e) {
            if (buffer != null) {
                buffer.release();
            }
            throw e;
        }
    }

    /** What is wrong with the batch at the position, or an empty string. */
    private String damage(RecordBatch first, LogSegment current, Extent extent, long offset) throws IOException {
        int available = extent.tail.sizeInBytes() - position;
        String damage = BatchScan.headerDamage(first, available, dueOffset);
        if (!damage.isEmpty()) {
            return damage;
        }
        if (first.lastOffset() < offset) {
            return "it ends at offset " + first.lastOffset() + ", before " + offset;
        }
        if (first.lastOffset() >= extent.endOffset) {
            // not to be taken for a batch that goes beyond the limit, for which the caller would wait
            return "it ends at offset " + first.lastOffset() + ", and the segment before " + extent.endOffset;
        }
        if (first.sizeInBytes() == available) {
            return extent.endsWith(first)
                    ? ""
                    : "it is the last, and ends at offset " + first.lastOffset() + " instead of "
                            + (extent.tail.nextOffset() - 1);
        }
        if (first.baseOffset() == dueOffset) {
            return "";
        }
        // behind a gap, where the one that follows must bear it out
        BatchScan scan = current.scan(position, dueOffset);
        scan.next();
        return scan.damage();
    }

    private boolean isCrcValid(LogSegment current) throws IOException {
        BatchScan scan = current.scan(position);
        return scan.next() && scan.isCrcValid();
    }

    private ByteBuf readInto(LogSegment current, int size, Wanted wanted) throws IOException {
        ByteBuf buffer = wanted.allocator.directBuffer(wanted.headroom + size);
        try {
            // a view of our own: the buffer's internal one is not for use off the event loop
            current.read(buffer.nioBuffer(wanted.headroom, size), position);
            log.countRead(size);
            return buffer.writerIndex(wanted.headroom + size);
        } catch (IOException | RuntimeException e) {
            buffer.release();
            throw e;
        }
    }

    /** Cuts the buffer behind the last whole batch before the limit; null if there is none. */
    private @Nullable LogSlice wholeBatches(ByteBuf buffer, LogSegment current, Extent extent, Wanted wanted) {
        int headroom = wanted.headroom;
        int at = headroom;
        int count = 0;
        long next = dueOffset;
        EpochSpan span = EpochSpan.NONE;
        while (buffer.writerIndex() - at >= RecordBatch.OVERHEAD) {
            RecordBatch batch = RecordBatch.at(buffer, at);
            int available = extent.tail.sizeInBytes() - position - (at - headroom);
            if (!BatchScan.headerDamage(batch, available, next).isEmpty()
                    || batch.sizeInBytes() > buffer.writerIndex() - at
                    || batch.lastOffset() >= wanted.limit
                    || count > 0 && batch.baseOffset() > next && !isBorneOut(batch, next, available, extent)) {
                // damage is reported by the read that begins there
                break;
            }
            long offset = batch.baseOffset();
            if (!span.has(offset)) {
                span = EpochSpan.at(offset, extent.epochs);
            }
            if (span.isContradictedBy(batch)) {
                log.correctEpoch(batch, span, current, position + at - headroom);
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

    /** Whether what follows a batch behind a gap bears it out, as far as the buffer has that. */
    private static boolean isBorneOut(RecordBatch batch, long dueOffset, int available, Extent extent) {
        int size = batch.sizeInBytes();
        if (size == available) {
            return extent.endsWith(batch);
        }
        int next = batch.index() + size;
        return batch.buffer().writerIndex() - next >= RecordBatch.OVERHEAD
                && BatchScan.displacement(batch, dueOffset, RecordBatch.at(batch.buffer(), next), available - size)
                        .isEmpty();
    }

    /** Forgets the place; the reader can be used on. */
    @Override
    public void close() {
        segment = null;
    }

    /** What a read was asked for. */
    private record Wanted(long offset, long limit, int maxBytes, ByteBufAllocator allocator, int headroom) {}

    /**
     * A segment of one moment.
     *
     * @param endOffset where it ends, or the next one begins
     */
    private record Extent(SegmentTail tail, long endOffset, NavigableMap<Integer, Long> epochs) {

        boolean endsWith(RecordBatch batch) {
            return batch.nextOffset() == tail.nextOffset();
        }
    }

    /** What one try gave: a final answer, or that the place must be looked up again. */
    private record Attempt(boolean isFinal, @Nullable LogSlice slice) {
        static final Attempt AGAIN = new Attempt(false, null);
    }
}

package io.penstock.core.log.segment;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.log.file.LogFile;
import io.penstock.core.record.RecordBatch;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Walks the batch headers of a part of a log file through one small window, whatever the sizes that the headers claim.
 * Nothing is believed that the file's own bytes do not bear out: a header that can't be ends the walk, and
 * {@link #damage()} says why. Not thread-safe.
 *
 * <p>No checksum covers a base offset. One that is where the batch before ended is right. One behind a gap, as compaction leaves
 * them, must leave the next batch where it is: it is wrong if it does not, and the batch would fit into the gap. So that where
 * there were no gaps every wrong one is found, and beside a gap those that do not stay in it.
 */
public final class BatchScan {

    private static final int WINDOW_BYTES = 16 * 1024;
    private static final int CRC_CHUNK_BYTES = 64 * 1024;
    private static final int CRC_START = 21;

    private final LogFile file;
    private final int end;
    private final ByteBuffer window = ByteBuffer.allocate(WINDOW_BYTES);
    private final ByteBuf windowBytes = Unpooled.wrappedBuffer(window.array());

    private @Nullable ByteBuffer chunk;
    private int windowStart;
    private int windowEnd;
    private int position;
    private int next;
    private long minOffset;
    private RecordBatch batch = RecordBatch.at(windowBytes, 0);
    private String damage = "";
    private boolean isBorneOut;

    /**
     * A walk over {@code [from, end)}.
     *
     * @param from where a batch begins, in bytes
     * @param end where the last batch ends, at most the size of the file
     * @param minOffset an offset that no batch may begin before
     */
    public BatchScan(LogFile file, int from, int end, long minOffset) {
        this.file = file;
        this.end = end;
        this.minOffset = minOffset;
        this.next = from;
        this.position = from;
        this.windowStart = from;
        this.windowEnd = from;
    }

    /** Moves to the next batch. False at the end, and at damage. */
    public boolean next() throws IOException {
        position = next;
        if (position >= end || !damage.isEmpty()) {
            return false;
        }
        if (end - position < RecordBatch.OVERHEAD) {
            damage = "only " + (end - position) + " bytes of a header of " + RecordBatch.OVERHEAD;
            return false;
        }
        fillWindow();
        batch = RecordBatch.at(windowBytes, position - windowStart);
        damage = headerDamage(batch, end - position, minOffset);
        if (!damage.isEmpty()) {
            return false;
        }
        next = position + batch.sizeInBytes();
        isBorneOut = batch.baseOffset() == minOffset;
        if (!isBorneOut && end - next >= RecordBatch.OVERHEAD) {
            RecordBatch follower = follower();
            damage = displacement(batch, minOffset, follower, end - next);
            if (!damage.isEmpty()) {
                return false;
            }
            isBorneOut = headerDamage(follower, end - next, batch.nextOffset()).isEmpty();
        }
        minOffset = batch.nextOffset();
        return true;
    }

    private RecordBatch follower() throws IOException {
        if (windowEnd - next >= RecordBatch.OVERHEAD) {
            return RecordBatch.at(windowBytes, next - windowStart);
        }
        ByteBuffer header = ByteBuffer.allocate(RecordBatch.OVERHEAD);
        readFully(file, header, next);
        return RecordBatch.at(Unpooled.wrappedBuffer(header.flip()), 0);
    }

    /**
     * Tells what is impossible about the base offset of a batch behind a gap, by the header of the next one.
     *
     * @param minOffset where the batch before it ended: the gap is from there on
     * @param available the bytes from the next batch's begin to the end of its file, at least those of a header
     * @return what is wrong, or an empty string; what is wrong about the next one is not told
     */
    public static String displacement(RecordBatch batch, long minOffset, RecordBatch follower, int available) {
        int size = follower.sizeInBytes();
        boolean isOverlapped = follower.magic() == RecordBatch.MAGIC
                && size >= RecordBatch.OVERHEAD
                && size <= available
                && follower.baseOffset() < batch.nextOffset();
        boolean fitsIntoGap = minOffset + batch.lastOffsetDelta() < follower.baseOffset();
        return isOverlapped && fitsIntoGap
                ? "offsets " + batch.baseOffset() + " to " + batch.lastOffset() + " where the next batch begins with "
                        + follower.baseOffset() + " and " + minOffset + " is the least"
                : "";
    }

    /**
     * Tells what is wrong about the offsets of the batch by what is known from elsewhere.
     *
     * @param knownEnd a position at which a batch is known to end, or 0
     * @param knownOffset the offset after that batch
     * @param isLogsEnd whether the log ends where the walk does: if nothing follows a batch behind a gap, nothing bears it out
     * @return what is wrong, or an empty string
     */
    public String contradiction(int knownEnd, long knownOffset, boolean isLogsEnd) {
        if (next == knownEnd) {
            return batch.nextOffset() == knownOffset
                    ? ""
                    : "offsets " + batch.baseOffset() + " to " + batch.lastOffset() + " where " + (knownOffset - 1)
                            + " is known to be the last";
        }
        return isLogsEnd && !isBorneOut
                ? "offsets " + batch.baseOffset() + " to " + batch.lastOffset()
                        + " behind a gap, which no batch that follows bears out"
                : "";
    }

    /**
     * Tells what is impossible about a batch's header.
     *
     * @param available the bytes from the batch's begin to the end of its file
     * @param minOffset an offset that the batch may not begin before
     * @return what is wrong, or an empty string
     */
    public static String headerDamage(RecordBatch batch, int available, long minOffset) {
        if (batch.magic() != RecordBatch.MAGIC) {
            return "magic " + batch.magic() + " instead of " + RecordBatch.MAGIC;
        }
        // the length field may be anything, so that the sum with the overhead may have overflowed
        int size = batch.sizeInBytes();
        if (size < RecordBatch.OVERHEAD || size > available) {
            return "size " + size + " where " + available + " bytes are left";
        }
        if (batch.baseOffset() < minOffset || batch.lastOffsetDelta() < 0 || batch.lastOffset() < batch.baseOffset()) {
            return "offsets " + batch.baseOffset() + " to " + batch.lastOffset() + " where " + minOffset
                    + " is the least";
        }
        return "";
    }

    /** The header of the batch; only its first {@link RecordBatch#OVERHEAD} bytes can be looked at. Moved by {@link #next()}. */
    public RecordBatch batch() {
        return batch;
    }

    /** Where the batch begins in the file; after the end or at damage, where the walk stopped. */
    public int position() {
        return position;
    }

    /** Where the next batch is due: behind the one that {@link #next()} moved to. */
    public long dueOffset() {
        return minOffset;
    }

    /** Why the walk stopped before its end, or an empty string. */
    public String damage() {
        return damage;
    }

    /** Compares the checksum of the whole batch, which is read in pieces if it is larger than the window. */
    public boolean isCrcValid() throws IOException {
        CRC32C crc = new CRC32C();
        if (next <= windowEnd) {
            crc.update(window.array(), position - windowStart + CRC_START, next - position - CRC_START);
            return crc.getValue() == batch.crc();
        }
        if (chunk == null) {
            chunk = ByteBuffer.allocate(CRC_CHUNK_BYTES);
        }
        for (int at = position + CRC_START; at < next; at += chunk.limit()) {
            chunk.clear().limit(Math.min(chunk.capacity(), next - at));
            readFully(file, chunk, at);
            crc.update(chunk.flip());
        }
        return crc.getValue() == batch.crc();
    }

    private void fillWindow() throws IOException {
        if (windowEnd - position >= RecordBatch.OVERHEAD) {
            return;
        }
        window.clear().limit(Math.min(WINDOW_BYTES, end - position));
        readFully(file, window, position);
        windowStart = position;
        windowEnd = position + window.position();
    }

    static void readFully(LogFile file, ByteBuffer target, long position) throws IOException {
        int wanted = target.remaining();
        int read = file.read(target, position);
        if (read < wanted) {
            throw new EOFException(file.name() + " ended after " + read + " of " + wanted + " bytes at " + position);
        }
    }
}

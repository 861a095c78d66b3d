package io.penstock.core.log.index;

import io.penstock.core.log.file.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The {@code .index} file of a segment, as Kafka writes it: from offset to position, sparse.
 *
 * <pre>
 * entry (8 bytes, big endian)
 *   0  int32  the last offset of a batch, less the segment's base offset
 *   4  int32  where that batch begins in the log file
 * </pre>
 *
 * Both columns ascend strictly. There is an entry for the first batch that begins more than
 * {@code index.interval.bytes} after the last batch with an entry began; the batch at position 0 needs none. A lookup
 * gives the last entry whose offset is not greater: the wanted batch begins there or later, found by a short scan.
 */
public final class OffsetIndex implements AutoCloseable {

    /** Bytes of an entry. */
    public static final int ENTRY_BYTES = 8;

    /** The end of the name of such a file. */
    public static final String SUFFIX = ".index";

    private static final IndexFile.Key OFFSET = ByteBuffer::getInt;

    private final IndexFile file;
    private final long baseOffset;
    private final int maxEntries;

    /**
     * Takes over an open file, new or with entries.
     *
     * @param baseOffset the base offset of the segment
     * @param maxBytes the size at which the index is full
     */
    public OffsetIndex(LogFile file, long baseOffset, int maxBytes) {
        this.file = new IndexFile(file, ENTRY_BYTES);
        this.baseOffset = baseOffset;
        this.maxEntries = maxBytes / ENTRY_BYTES;
    }

    public int entries() {
        return file.entries();
    }

    /** Whether the segment must be rolled before another entry. */
    public boolean isFull() {
        return file.entries() >= maxEntries;
    }

    /**
     * Adds an entry behind all others.
     *
     * @param offset the last offset of a batch, at most 2³¹−1 above the base offset
     * @param position where the batch begins
     */
    public void append(long offset, int position) throws IOException {
        file.append(ByteBuffer.allocate(ENTRY_BYTES)
                .putInt(Math.toIntExact(offset - baseOffset))
                .putInt(position)
                .flip());
    }

    /** The entry in a slot, from 0. */
    public OffsetPosition entry(int slot) throws IOException {
        ByteBuffer entry = file.entry(slot);
        return new OffsetPosition(baseOffset + entry.getInt(0), entry.getInt(4));
    }

    /** The last entry whose offset is not greater, or the beginning of the segment. */
    public OffsetPosition floor(long offset) throws IOException {
        int slot = file.floor(offset - baseOffset, OFFSET);
        return slot < 0 ? new OffsetPosition(baseOffset, 0) : entry(slot);
    }

    /** The last entry, or the beginning of the segment. */
    public OffsetPosition last() throws IOException {
        int count = file.entries();
        return count == 0 ? new OffsetPosition(baseOffset, 0) : entry(count - 1);
    }

    /**
     * Looks at every entry.
     *
     * @param nextOffset an offset that all entries must be below
     * @param logBytes the size of the log file, which all positions must be below
     * @return what is wrong, or an empty string
     */
    public String defect(long nextOffset, long logBytes) throws IOException {
        return file.firstDefect(check(nextOffset, logBytes));
    }

    private IndexFile.Check check(long nextOffset, long logBytes) {
        return new IndexFile.Check() {
            // the batch at position 0 has no entry: zeros are what a crash leaves of blocks that were never written
            private int offset = 0;
            private int position = 0;

            @Override
            public String defect(ByteBuffer entries, int index) {
                int nextOffsetDelta = entries.getInt(index);
                int nextPosition = entries.getInt(index + 4);
                if (nextOffsetDelta <= offset || nextPosition <= position) {
                    return "does not ascend";
                }
                offset = nextOffsetDelta;
                position = nextPosition;
                return baseOffset + offset >= nextOffset || position >= logBytes ? "points beyond the segment" : "";
            }
        };
    }

    /** Drops the entries of batches that end at or after an offset. */
    public void truncateTo(long offset) throws IOException {
        file.truncate(file.floor(offset - baseOffset - 1, OFFSET) + 1);
    }

    /**
     * Drops the first entry that does not lie before a place or does not ascend, and all behind it.
     *
     * @param nextOffset an offset that all entries must be below
     * @param logBytes a position that all entries must be below
     */
    public void keepBefore(long nextOffset, long logBytes) throws IOException {
        file.truncate(file.firstDefective(check(nextOffset, logBytes)));
    }

    /** Drops all entries. */
    public void clear() throws IOException {
        file.truncate(0);
    }

    public void force() throws IOException {
        file.force();
    }

    /** Says that nobody is about to use the file. */
    public void rest() {
        file.rest();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}

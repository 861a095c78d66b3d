package io.penstock.core.log.index;

import io.penstock.core.log.file.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The {@code .timeindex} file of a segment, as Kafka writes it: from timestamp to offset, sparse.
 *
 * <pre>
 * entry (12 bytes, big endian)
 *   0  int64  the greatest timestamp of the segment up to here, in milliseconds
 *   8  int32  the last offset of the first batch that has it, less the segment's base offset
 * </pre>
 *
 * Timestamps ascend strictly, and offsets with them: an entry (t, o) says that every record with a timestamp greater
 * than t comes after o. Entries are made when the {@link OffsetIndex} gets one, and a last one when the segment is
 * rolled, so the last entry of a rolled segment has its greatest timestamp. One slot is kept free for that.
 */
public final class TimeIndex implements AutoCloseable {

    /** Bytes of an entry. */
    public static final int ENTRY_BYTES = 12;

    /** The end of the name of such a file. */
    public static final String SUFFIX = ".timeindex";

    private static final IndexFile.Key TIMESTAMP = ByteBuffer::getLong;
    private static final IndexFile.Key OFFSET = (entries, index) -> entries.getInt(index + 8);

    private final IndexFile file;
    private final long baseOffset;
    private final int maxEntries;

    /**
     * Takes over an open file, new or with entries.
     *
     * @param baseOffset the base offset of the segment
     * @param maxBytes the size at which the index is full
     */
    public TimeIndex(LogFile file, long baseOffset, int maxBytes) {
        this.file = new IndexFile(file, ENTRY_BYTES);
        this.baseOffset = baseOffset;
        this.maxEntries = maxBytes / ENTRY_BYTES;
    }

    public int entries() {
        return file.entries();
    }

    /** Whether the segment must be rolled before another entry but the one that rolling makes. */
    public boolean isFull() {
        return file.entries() >= maxEntries - 1;
    }

    /** Adds an entry if its timestamp is greater than the last one's. */
    public void append(long timestamp, long offset) throws IOException {
        if (timestamp > last().timestamp()) {
            file.append(ByteBuffer.allocate(ENTRY_BYTES)
                    .putLong(timestamp)
                    .putInt(Math.toIntExact(offset - baseOffset))
                    .flip());
        }
    }

    /** The entry in a slot, from 0. */
    public TimestampOffset entry(int slot) throws IOException {
        ByteBuffer entry = file.entry(slot);
        return new TimestampOffset(entry.getLong(0), baseOffset + entry.getInt(8));
    }

    /** The last entry, or no timestamp (-1) at the base offset. */
    public TimestampOffset last() throws IOException {
        int count = file.entries();
        return count == 0 ? none() : entry(count - 1);
    }

    /** The last entry whose timestamp is not greater, or no timestamp (-1) at the base offset. */
    public TimestampOffset floor(long timestamp) throws IOException {
        int slot = file.floor(timestamp, TIMESTAMP);
        return slot < 0 ? none() : entry(slot);
    }

    /**
     * Looks at every entry.
     *
     * @param nextOffset an offset that all entries must be below
     * @return what is wrong, or an empty string
     */
    public String defect(long nextOffset) throws IOException {
        return file.firstDefect(check(nextOffset));
    }

    private IndexFile.Check check(long nextOffset) {
        return new IndexFile.Check() {
            private long timestamp = -1;
            private int offset = -1;

            @Override
            public String defect(ByteBuffer entries, int index) {
                long nextTimestamp = entries.getLong(index);
                int nextOffsetDelta = entries.getInt(index + 8);
                if (nextTimestamp <= timestamp || nextOffsetDelta <= offset) {
                    return "does not ascend";
                }
                timestamp = nextTimestamp;
                offset = nextOffsetDelta;
                return baseOffset + offset >= nextOffset ? "points beyond the segment" : "";
            }
        };
    }

    /** Drops the entries of batches that end at or after an offset. */
    public void truncateTo(long offset) throws IOException {
        file.truncate(file.floor(offset - baseOffset - 1, OFFSET) + 1);
    }

    /** Drops the first entry that does not lie below an offset or does not ascend, and all behind it. */
    public void keepBefore(long nextOffset) throws IOException {
        file.truncate(file.firstDefective(check(nextOffset)));
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

    private TimestampOffset none() {
        return new TimestampOffset(-1, baseOffset);
    }
}

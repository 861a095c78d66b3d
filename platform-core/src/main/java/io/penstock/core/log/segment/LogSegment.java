package io.penstock.core.log.segment;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import io.penstock.core.log.file.TooManyOpenFilesException;
import io.penstock.core.log.index.OffsetIndex;
import io.penstock.core.log.index.OffsetPosition;
import io.penstock.core.log.index.TimeIndex;
import io.penstock.core.log.index.TimestampOffset;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A piece of a partition's log: whole record batches from a base offset on, in one {@code .log} file, with the two
 * indexes of it. The files are named by the base offset in 20 digits, as Kafka names them.
 *
 * <p>One writer at a time; any number of readers, and one thread that forces. A reader holds the segment
 * ({@link #acquire()}) while it reads, and the files are closed and deleted when the last one lets go. A reader that
 * finds {@link #truncations()} changed after its read must throw away what it read: truncation lowers the tail, then
 * counts, then cuts the file, so a read that saw the same count twice saw only bytes that stayed.
 */
public final class LogSegment {

    /** The end of the name of the file that has the batches. */
    public static final String LOG_SUFFIX = ".log";

    /** What is appended to the names of files that only wait for their last reader. */
    public static final String DELETED_SUFFIX = ".deleted";

    /** What is appended to the names of the files of a segment that is being written, and is not yet part of a log. */
    public static final String CLEANED_SUFFIX = ".cleaned";

    /** What is appended to the names of the files of a segment that is complete, and is about to replace others. */
    public static final String SWAP_SUFFIX = ".swap";

    private static final Logger LOG = LoggerFactory.getLogger(LogSegment.class);
    private static final List<String> SUFFIXES = List.of(LOG_SUFFIX, OffsetIndex.SUFFIX, TimeIndex.SUFFIX);
    private static final long NO_TIMESTAMP = -1;
    private static final int BASE_DIGITS = 20;

    private final LogDirectory directory;
    private final long baseOffset;
    private final int indexIntervalBytes;
    private final long createdMs;
    private final LogFile log;
    private final OffsetIndex offsetIndex;
    private final TimeIndex timeIndex;

    /** One for the owner, and one for each reader. */
    private final AtomicInteger holders = new AtomicInteger(1);

    private volatile Runnable afterClose = () -> {};
    private volatile SegmentTail tail;
    private volatile long truncations;
    private long firstTimestamp = NO_TIMESTAMP;
    private int bytesSinceIndexEntry;

    private LogSegment(
            LogDirectory directory,
            long baseOffset,
            int indexIntervalBytes,
            long createdMs,
            LogFile log,
            OffsetIndex offsetIndex,
            TimeIndex timeIndex) {
        this.directory = directory;
        this.baseOffset = baseOffset;
        this.indexIntervalBytes = indexIntervalBytes;
        this.createdMs = createdMs;
        this.log = log;
        this.offsetIndex = offsetIndex;
        this.timeIndex = timeIndex;
        this.tail = SegmentTail.empty(baseOffset);
    }

    /**
     * Opens the files of a segment, or creates them. A segment that had batches must be gone over with {@link #load} or
     * {@link #recover} before it is used.
     *
     * @param indexIntervalBytes how many bytes of batches lie between two index entries at least
     * @param indexBytes the size at which an index is full
     * @param nowMs the time, from which an empty segment's age counts
     */
    public static LogSegment open(
            LogDirectory directory, long baseOffset, int indexIntervalBytes, int indexBytes, long nowMs)
            throws IOException {
        return open(directory, baseOffset, "", indexIntervalBytes, indexBytes, nowMs);
    }

    private static LogSegment open(
            LogDirectory directory,
            long baseOffset,
            String extension,
            int indexIntervalBytes,
            int indexBytes,
            long nowMs)
            throws IOException {
        List<LogFile> files = new ArrayList<>(SUFFIXES.size());
        try {
            for (String suffix : SUFFIXES) {
                files.add(directory.open(fileName(baseOffset, suffix) + extension));
            }
            if (files.get(0).size() > Integer.MAX_VALUE) {
                throw new IOException(directory.path() + "/" + files.get(0).name() + " has "
                        + files.get(0).size() + " bytes, more than positions in an index can tell");
            }
        } catch (IOException | RuntimeException e) {
            for (LogFile file : files) {
                file.close();
            }
            throw e;
        }
        return new LogSegment(
                directory,
                baseOffset,
                indexIntervalBytes,
                nowMs,
                files.get(0),
                new OffsetIndex(files.get(1), baseOffset, indexBytes),
                new TimeIndex(files.get(2), baseOffset, indexBytes));
    }

    /**
     * Deletes the files of a segment that could not be opened for the first time, durably: an empty file with a base
     * offset would later cut the log in two.
     */
    public static void discard(LogDirectory directory, long baseOffset) throws IOException {
        boolean isThere = false;
        for (String suffix : SUFFIXES) {
            String name = fileName(baseOffset, suffix);
            isThere |= directory.exists(name);
            directory.delete(name);
        }
        if (isThere) {
            directory.force();
        }
    }

    /**
     * Creates an empty segment beside those of a log, under names with {@link #CLEANED_SUFFIX}. What an earlier attempt
     * left there is deleted first. {@link #rename} makes it part of the log; {@link #discard} gives it up.
     *
     * @see #open
     */
    public static LogSegment createCleaned(
            LogDirectory directory, long baseOffset, int indexIntervalBytes, int indexBytes, long nowMs)
            throws IOException {
        for (String suffix : SUFFIXES) {
            directory.delete(fileName(baseOffset, suffix) + CLEANED_SUFFIX);
        }
        return open(directory, baseOffset, CLEANED_SUFFIX, indexIntervalBytes, indexBytes, nowMs);
    }

    /** The name of a segment's file. */
    public static String fileName(long baseOffset, String suffix) {
        return String.format("%020d", baseOffset) + suffix;
    }

    /** The base offset in the name of a segment's file. */
    public static long baseOffset(String fileName) {
        return Long.parseLong(fileName.substring(0, BASE_DIGITS));
    }

    public long baseOffset() {
        return baseOffset;
    }

    /** Where it ends now. */
    public SegmentTail tail() {
        return tail;
    }

    /** The greater the more often it was cut. */
    public long truncations() {
        return truncations;
    }

    /** Whether an index has no room for another entry. */
    public boolean isIndexFull() {
        return offsetIndex.isFull() || timeIndex.isFull();
    }

    /**
     * How long the segment has waited to be rolled, as Kafka counts it: from its first batch's timestamp to the
     * given batch's, or from its creation to now when the first has none.
     */
    public long ageMs(long nowMs, long batchTimestamp) {
        return firstTimestamp >= 0 ? batchTimestamp - firstTimestamp : nowMs - createdMs;
    }

    /**
     * Writes batches at the end, with one gathering write, and then their index entries.
     *
     * @param batches each one's readable bytes are one batch, with its offsets assigned; read by views of our own
     *     and not released
     * @throws TooManyOpenFilesException if nothing was written
     * @throws IOException if not all was written; {@link #truncateTo} the old end then, or give the segment up
     */
    public void append(List<ByteBuf> batches) throws IOException {
        log.append(views(batches));
        SegmentTail end = tail;
        try {
            for (ByteBuf buffer : batches) {
                end = index(RecordBatch.at(buffer, buffer.readerIndex()), end);
            }
        } catch (TooManyOpenFilesException e) {
            // to the caller that would mean that nothing was written
            throw new IOException(e.getMessage(), e);
        }
        tail = end;
    }

    private static ByteBuffer[] views(List<ByteBuf> batches) {
        List<ByteBuffer> views = new ArrayList<>(batches.size());
        for (ByteBuf batch : batches) {
            if (batch.nioBufferCount() == 1) {
                views.add(batch.nioBuffer(batch.readerIndex(), batch.readableBytes()));
            } else {
                views.addAll(List.of(batch.nioBuffers(batch.readerIndex(), batch.readableBytes())));
            }
        }
        return views.toArray(new ByteBuffer[0]);
    }

    /** Makes the index entries that a batch behind a tail calls for, and gives the tail behind the batch. */
    private SegmentTail index(RecordBatch batch, SegmentTail before) throws IOException {
        int position = before.sizeInBytes();
        int size = batch.sizeInBytes();
        long lastOffset = batch.lastOffset();
        long timestamp = batch.maxTimestamp();
        if (position == 0) {
            firstTimestamp = timestamp;
        }
        boolean later = timestamp > before.maxTimestamp();
        SegmentTail after = new SegmentTail(
                position + size,
                lastOffset + 1,
                later ? timestamp : before.maxTimestamp(),
                later ? lastOffset : before.offsetOfMaxTimestamp());
        if (bytesSinceIndexEntry > indexIntervalBytes) {
            offsetIndex.append(lastOffset, position);
            timeIndex.append(after.maxTimestamp(), after.offsetOfMaxTimestamp());
            bytesSinceIndexEntry = 0;
        }
        bytesSinceIndexEntry += size;
        return after;
    }

    /**
     * Where to begin a scan for a batch that has an offset: at it or a little before. An entry of the index that the batch
     * it points at does not bear out is not believed: the scan begins at the segment's start then.
     */
    public int scanStart(long offset) throws IOException {
        return scanStart(offset, tail.sizeInBytes());
    }

    /** @param end where the last batch ends; not the file's size while others write, which goes down without notice */
    private int scanStart(long offset, int end) throws IOException {
        OffsetPosition entry = offsetIndex.floor(offset);
        if (entry.position() == 0 || entry.position() >= end) {
            return 0;
        }
        if (isBorneOut(entry, end)) {
            return entry.position();
        }
        LOG.warn("{} is damaged: no batch at {} ends at offset {}", this, entry.position(), entry.offset());
        return 0;
    }

    /** Where to begin a scan for the first batch that has a record at or after a timestamp; as {@link #scanStart}. */
    public int scanStartForTimestamp(long timestamp) throws IOException {
        TimestampOffset entry = timeIndex.floor(timestamp);
        int start = scanStart(entry.offset());
        return start == 0 || isBorneOut(entry, start) ? start : 0;
    }

    private boolean isBorneOut(OffsetPosition entry, int end) throws IOException {
        BatchScan scan = new BatchScan(log, entry.position(), end, baseOffset);
        return scan.next() && scan.batch().lastOffset() == entry.offset();
    }

    private boolean isBorneOut(TimestampOffset entry, int start) throws IOException {
        BatchScan scan = scan(start);
        while (scan.next()) {
            if (scan.batch().lastOffset() >= entry.offset()) {
                return scan.batch().lastOffset() == entry.offset()
                        && scan.batch().maxTimestamp() == entry.timestamp();
            }
        }
        return false;
    }

    /** A walk over the batches from a position to the tail. */
    public BatchScan scan(int from) {
        return scan(from, baseOffset);
    }

    /** As {@link #scan(int)}, where no batch may begin before an offset. */
    public BatchScan scan(int from, long minOffset) {
        return new BatchScan(log, from, tail.sizeInBytes(), minOffset);
    }

    /** The header of the last batch, or null if there is none. */
    public @Nullable RecordBatch lastBatch() throws IOException {
        SegmentTail end = tail;
        BatchScan scan = scan(scanStart(end.nextOffset() - 1));
        int position = end.sizeInBytes();
        while (scan.next()) {
            position = scan.position();
        }
        BatchScan last = scan(position);
        return last.next() ? last.batch() : null;
    }

    /** Fills the target with bytes of the log file; they must lie before the tail. */
    public void read(ByteBuffer target, int position) throws IOException {
        BatchScan.readFully(log, target, position);
    }

    /**
     * Cuts every batch that has the offset or a greater one, durably.
     *
     * @return the offset at which the next batch may begin: the given one, or the base offset of the batch that held it
     */
    public long truncateTo(long offset) throws IOException {
        SegmentTail before = tail;
        int cut = before.sizeInBytes();
        long next = Math.max(offset, baseOffset);
        if (offset >= before.nextOffset()) {
            // what an append that failed has left
            cutTo(cut, offset);
            return next;
        }
        BatchScan scan = scan(scanStart(offset));
        while (scan.next()) {
            if (scan.batch().lastOffset() >= offset) {
                cut = scan.position();
                next = Math.min(next, scan.batch().baseOffset());
                break;
            }
        }
        if (!scan.damage().isEmpty()) {
            throw new IOException(describe(scan));
        }
        cutTo(cut, offset);
        return next;
    }

    private void cutTo(int size, long offset) throws IOException {
        tail = new SegmentTail(size, offset, tail.maxTimestamp(), tail.offsetOfMaxTimestamp());
        truncations++;
        offsetIndex.truncateTo(offset);
        timeIndex.truncateTo(offset);
        log.truncate(size);
        // or a crash could bring back what somebody was told is not there
        log.force();
        bytesSinceIndexEntry = size - offsetIndex.last().position();
        tail = rescan(size).tail;
        if (size == 0) {
            firstTimestamp = NO_TIMESTAMP;
        }
    }

    /**
     * Takes a segment into use of which everything is known to be on the device: looks at its indexes, and at the headers
     * behind their last entries. If anything is wrong, it does what {@link #recover} does from the beginning.
     *
     * @param nextBaseOffset the base offset of the following segment
     */
    public SegmentRecovery load(long nextBaseOffset) throws IOException {
        int size = fileSize();
        String defect = offsetIndex.defect(nextBaseOffset, size);
        if (defect.isEmpty()) {
            defect = timeIndex.defect(nextBaseOffset);
        }
        if (defect.isEmpty()) {
            Rescan found = rescan(size);
            if (!found.damage.isEmpty()) {
                defect = found.damage;
            } else if (found.tail.nextOffset() > nextBaseOffset) {
                defect = "it ends with offset " + (found.tail.nextOffset() - 1) + ", and the next one begins with "
                        + nextBaseOffset;
            } else if (!found.isLastTimeBorneOut) {
                defect = "its last timestamp is of no batch";
            } else if (found.tail.maxTimestamp() > timeIndex.last().timestamp()) {
                defect = "its greatest timestamp is missing";
            } else if (offsetIndex.entries() > 0 && !isBorneOut(offsetIndex.last(), size)) {
                defect = "its last entry is of no batch";
            } else if (found.lastBatch - offsetIndex.last().position() > indexIntervalBytes) {
                defect = "entries are missing";
            } else {
                tail = found.tail;
                readFirstTimestamp();
                return new SegmentRecovery(0, size, "", false);
            }
        }
        LOG.warn("building the indexes of {} in {} again: {}", log.name(), directory.path(), defect);
        SegmentRecovery recovered = recover(0, baseOffset, nextBaseOffset, true, batch -> {});
        seal();
        return new SegmentRecovery(recovered.bytesScanned(), recovered.validBytes(), recovered.damage(), true);
    }

    /** The greatest offset that an index has which is in good order, whatever the log file has; -1 if none has any. */
    private long lastIndexedOffset(long nextBaseOffset) throws IOException {
        long last = -1;
        if (offsetIndex.entries() > 0
                && offsetIndex.defect(nextBaseOffset, Integer.MAX_VALUE).isEmpty()) {
            last = offsetIndex.last().offset();
        }
        if (timeIndex.entries() > 0 && timeIndex.defect(nextBaseOffset).isEmpty()) {
            last = Math.max(last, timeIndex.last().offset());
        }
        return last;
    }

    private void clearIndexes() throws IOException {
        offsetIndex.clear();
        timeIndex.clear();
        bytesSinceIndexEntry = 0;
        firstTimestamp = NO_TIMESTAMP;
    }

    /**
     * Takes a segment into use of which only a part is known to be on the device. Behind that part every batch is read with
     * its checksum, and its index entries are made again; the part itself is believed as far as its index entries and the
     * headers behind the last of them go, and read like the rest if they do not bear it out. The segment ends behind the last
     * valid batch then; what the file has behind it stays until {@link #dropTail()}.
     *
     * @param known the position before which everything is known to be on the device, 0 if nothing is
     * @param knownOffset the offset of the batch at that position
     * @param limitOffset an offset that all batches must be below
     * @param isBelieved whether to believe the part that is known; it is read like the rest otherwise
     * @param valid is shown the header of each batch that was read with its checksum, in order
     */
    public SegmentRecovery recover(
            int known, long knownOffset, long limitOffset, boolean isBelieved, Consumer<RecordBatch> valid)
            throws IOException {
        int size = fileSize();
        // the indexes of a rolled segment were forced with it, and may know of more than the log file has now
        long indexed = limitOffset == Long.MAX_VALUE ? -1 : lastIndexedOffset(limitOffset);
        boolean isKnown = isBelieved && known <= size && adopt(known, knownOffset);
        if (!isKnown) {
            clearIndexes();
            tail = SegmentTail.empty(baseOffset);
        }
        SegmentTail end = tail;
        int from = end.sizeInBytes();
        BatchScan scan = new BatchScan(log, from, size, end.nextOffset());
        String damage = "";
        while (scan.next()) {
            if (!scan.isCrcValid()) {
                damage = "its checksum is wrong";
                break;
            }
            damage = scan.contradiction(known, knownOffset, limitOffset == Long.MAX_VALUE);
            if (!damage.isEmpty()) {
                break;
            }
            if (scan.batch().lastOffset() >= limitOffset) {
                damage = "its last offset is " + scan.batch().lastOffset() + " where " + limitOffset + " is the limit";
                break;
            }
            valid.accept(scan.batch());
            end = index(scan.batch(), end);
        }
        tail = end;
        if (damage.isEmpty()) {
            damage = scan.damage();
        }
        if (damage.isEmpty() && size < known) {
            damage = "the file ends here, and was on the device up to position " + known;
        }
        if (damage.isEmpty() && indexed >= end.nextOffset()) {
            damage = "the file ends here, and its indexes know offset " + indexed;
        }
        return new SegmentRecovery(end.sizeInBytes() - from, end.sizeInBytes(), damage, !isKnown && known > 0);
    }

    /** Believes in the first part of the file and in its index entries, if they fit each other. */
    private boolean adopt(int known, long knownOffset) throws IOException {
        offsetIndex.keepBefore(knownOffset, known);
        timeIndex.keepBefore(knownOffset);
        Rescan found = rescan(known);
        OffsetPosition last = offsetIndex.last();
        int lastEntry = last.position();
        if (!found.damage.isEmpty()
                || lastEntry > 0 && !isBorneOut(last, known)
                || found.tail.nextOffset() != knownOffset
                || found.lastBatch - lastEntry > indexIntervalBytes
                || !found.isLastTimeBorneOut
                || found.isTimeMissing) {
            return known == 0;
        }
        tail = found.tail;
        readFirstTimestamp();
        bytesSinceIndexEntry = known - lastEntry;
        return true;
    }

    /** Cuts what {@link #recover} found to be no valid batch, durably. */
    public void dropTail() throws IOException {
        truncations++;
        log.truncate(tail.sizeInBytes());
        log.force();
    }

    /** What is valid behind the tail, before an offset that all batches must be below. */
    public List<BatchRun> survivors(long limitOffset) throws IOException {
        return Survivors.in(log, baseOffset, tail.sizeInBytes(), tail.nextOffset(), limitOffset);
    }

    /**
     * Appends batches of another segment's log file, as they lie there.
     *
     * @param each is shown each of them before, and may set what the checksum does not cover
     */
    public void append(LogSegment from, BatchRun run, Consumer<RecordBatch> each) throws IOException {
        BatchScan scan = new BatchScan(from.log, run.position(), run.end(), run.baseOffset());
        while (scan.next()) {
            ByteBuffer bytes = ByteBuffer.allocate(scan.batch().sizeInBytes());
            from.read(bytes, scan.position());
            ByteBuf batch = Unpooled.wrappedBuffer(bytes.flip());
            each.accept(RecordBatch.at(batch, 0));
            append(List.of(batch));
        }
    }

    /** The first offset after all the batches that are valid from a position on; a given one if there are none. */
    public long endOfValid(int from, long firstOffset) throws IOException {
        long next = firstOffset;
        int size = fileSize();
        if (from < size) {
            BatchScan scan = new BatchScan(log, from, size, firstOffset);
            while (scan.next() && scan.isCrcValid()) {
                next = scan.batch().nextOffset();
            }
        }
        return next;
    }

    /** The size of the log file, which a damaged or torn tail makes larger than the segment. */
    public int fileSize() {
        return Math.toIntExact(log.size());
    }

    /**
     * What the batches behind the last index entries tell: the tail, where the last of them begins, and what is wrong.
     *
     * @param isLastTimeBorneOut whether the last entry of the time index is true of a batch
     * @param isTimeMissing whether the time index lacks what it must have had when the last offset entry was made
     */
    private record Rescan(
            SegmentTail tail, int lastBatch, boolean isLastTimeBorneOut, boolean isTimeMissing, String damage) {}

    private Rescan rescan(int size) throws IOException {
        TimestampOffset last = timeIndex.last();
        int lastEntry = offsetIndex.last().position();
        long max = last.timestamp();
        long offsetOfMax = last.offset();
        long next = baseOffset;
        int lastBatch = 0;
        boolean isBorneOut = max == NO_TIMESTAMP;
        boolean isTimeMissing = false;
        BatchScan scan = new BatchScan(log, scanStart(last.offset(), size), size, baseOffset);
        while (scan.next()) {
            isBorneOut |=
                    scan.batch().lastOffset() == last.offset() && scan.batch().maxTimestamp() == last.timestamp();
            lastBatch = scan.position();
            next = scan.batch().nextOffset();
            if (scan.batch().maxTimestamp() > max) {
                max = scan.batch().maxTimestamp();
                offsetOfMax = scan.batch().lastOffset();
                isTimeMissing |= scan.position() <= lastEntry && lastEntry > 0;
            }
        }
        return new Rescan(
                new SegmentTail(size, next, max, offsetOfMax), lastBatch, isBorneOut, isTimeMissing, scan.damage());
    }

    private void readFirstTimestamp() throws IOException {
        BatchScan scan = scan(0);
        firstTimestamp = scan.next() ? scan.batch().maxTimestamp() : NO_TIMESTAMP;
    }

    private String describe(BatchScan scan) {
        return directory.path() + "/" + log.name() + " is damaged at position " + scan.position() + ": "
                + scan.damage();
    }

    /** Ends its growth: the last time index entry is made, and everything is forced. */
    public void seal() throws IOException {
        SegmentTail end = tail;
        timeIndex.append(end.maxTimestamp(), end.offsetOfMaxTimestamp());
        force();
        forceIndexes();
    }

    /** Makes the index entries durable of every batch that was appended before this call. May run beside an append. */
    public void forceIndexes() throws IOException {
        offsetIndex.force();
        timeIndex.force();
    }

    /**
     * Makes every batch durable that was appended before this call. May run beside an append. The indexes are not: what
     * they have behind a recovery point is made again from the batches.
     */
    public void force() throws IOException {
        log.force();
    }

    /** Says that nobody is about to use its files. */
    public void rest() {
        log.rest();
        offsetIndex.rest();
        timeIndex.rest();
    }

    /** Begins to hold the files open. False if the segment was given up; look the offset up again then. */
    public boolean acquire() {
        int held;
        do {
            held = holders.get();
            if (held == 0) {
                return false;
            }
        } while (!holders.compareAndSet(held, held + 1));
        return true;
    }

    /** Ends what {@link #acquire()} began. */
    public void release() {
        if (holders.decrementAndGet() == 0) {
            dispose();
        }
    }

    /**
     * Gives the segment up, by its owner and once: the files are closed when the last reader lets go.
     *
     * @param afterwards is run then, by whoever that is
     */
    public void close(Runnable afterwards) {
        afterClose = afterwards;
        release();
    }

    /**
     * Gives the segment up, by its owner and once, and its files too: they are renamed at once, which frees their
     * names, and deleted when the last reader lets go.
     */
    public void delete() throws IOException {
        for (String suffix : SUFFIXES) {
            String name = fileName(baseOffset, suffix);
            directory.rename(name, name + DELETED_SUFFIX);
        }
        close(() -> deleteFiles(DELETED_SUFFIX));
    }

    /**
     * Gives the files other names; not durable before the directory is forced. The log file comes last: where it has the
     * new name, the segment has it, and indexes that were left behind can be built again.
     *
     * @param from what is appended to the names now
     * @param to what shall be
     */
    public void rename(String from, String to) throws IOException {
        for (int i = SUFFIXES.size() - 1; i >= 0; i--) {
            String name = fileName(baseOffset, SUFFIXES.get(i));
            directory.rename(name + from, name + to);
        }
    }

    /** Gives up, by its owner and once, a segment that never became part of a log, and deletes its files. */
    public void discard(String extension) {
        close(() -> deleteFiles(extension));
    }

    private void deleteFiles(String extension) {
        try {
            for (String suffix : SUFFIXES) {
                directory.delete(fileName(baseOffset, suffix) + extension);
            }
        } catch (IOException e) {
            LOG.warn(
                    "deleting {} in {} failed; it will be tried when the log is next opened", log.name(), directory, e);
        }
    }

    private void dispose() {
        try {
            log.close();
            offsetIndex.close();
            timeIndex.close();
        } catch (IOException e) {
            // nobody can be told: it may be a reader that lets go
            LOG.warn("closing {} in {} failed", log.name(), directory.path(), e);
        }
        afterClose.run();
    }

    @Override
    public String toString() {
        return directory.path() + "/" + log.name();
    }
}

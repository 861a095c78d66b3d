package io.penstock.core.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.compaction.BatchFilter;
import io.penstock.core.log.compaction.BatchReader;
import io.penstock.core.log.compaction.CompactionRules;
import io.penstock.core.log.compaction.LogSurvey;
import io.penstock.core.log.compaction.OffsetMap;
import io.penstock.core.log.segment.BatchScan;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.record.BatchLimits;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.RecordCursor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One compaction of a log, in steps, so that whoever drives it can share a thread and keep to a rate.
 *
 * <pre>
 *  SURVEY ──► MAP ──► CLEAN ──► SWAP ──┐
 *              ▲        ▲              │  next group of segments
 *              │        └──────────────┤
 *              └───────────────────────┤  the map was full before the end of the range: another pass
 *                                      └──► DONE
 * </pre>
 *
 * The survey looks at every header below the high watermark for producers and transactions; the map takes the newest offset of each
 * key in the dirty part; then the log is gone through from its start, group by group of neighbouring segments, what stays
 * is written to a new segment beside them, and that takes their place.
 *
 * <p>{@link #work} runs beside the log's writer and readers, {@link #swap()} is the writer's; one thread at a time. It
 * must end in {@link #close()}, whatever happened; a compaction that was given up leaves the log as it was, apart from
 * groups that were swapped already, which does no harm.
 */
public final class LogCompaction implements AutoCloseable {

    private enum Phase {
        SURVEY,
        MAP,
        CLEAN,
        SWAP,
        DONE
    }

    private static final int WRITE_BYTES = 1 << 20;
    private static final int SCAN_BYTES = 16 << 10;
    private static final BatchLimits LIMITS = BatchLimits.DEFAULTS.withMaxBatchBytes(Integer.MAX_VALUE);

    private final PartitionLog log;
    private final CompactionRules rules;
    private final OffsetMap map;
    private final ByteBufAllocator allocator;
    private final long nowMs;
    private final LogSurvey survey;
    private final RecordCursor cursor;

    private final long surveyEnd;

    private Phase phase = Phase.SURVEY;
    private long rangeEnd;
    private long passStart;
    private long passEnd;

    /** The offset from which on the current phase has to go on. */
    private long nextOffset;

    /** The segment that is read, which is held. */
    private @Nullable LogSegment source;

    private @Nullable BatchScan scan;
    private @Nullable BatchReader reader;

    private @Nullable BatchFilter filter;
    private List<LogSegment> group = List.of();
    private int groupIndex;
    private @Nullable LogSegment cleaned;
    private final List<ByteBuf> unwritten = new ArrayList<>();
    private long unwrittenBytes;
    private long changedBefore;

    private int passes;
    private long recordsRead;
    private long recordsKept;
    private long keylessRecords;
    private long bytesBefore;
    private long bytesAfter;
    private int segmentsReplaced;

    LogCompaction(
            PartitionLog log,
            CleanableRange range,
            CompactionRules rules,
            OffsetMap map,
            ByteBufAllocator allocator,
            long nowMs) {
        if (range.isEmpty()) {
            throw new IllegalArgumentException("nothing to compact in " + log + ": " + range);
        }
        this.log = log;
        this.rules = rules;
        this.map = map;
        this.allocator = allocator;
        this.nowMs = nowMs;
        this.rangeEnd = range.to();
        this.passStart = range.from();
        this.survey = new LogSurvey(nowMs - rules.producerIdExpirationMs());
        this.cursor = new RecordCursor(allocator, LIMITS);
        LogSnapshot offsets = log.snapshot();
        this.nextOffset = offsets.logStartOffset();
        // what comes later may be lost yet: no producer's last batch may go for it
        this.surveyEnd = offsets.highWatermark();
    }

    public boolean isDone() {
        return phase == Phase.DONE;
    }

    /** Whether {@link #swap()} must be called before the next {@link #work}. */
    public boolean isSwapDue() {
        return phase == Phase.SWAP;
    }

    /**
     * Does some of the work, until about so many bytes were read and written, or {@link #isSwapDue()}, or {@link
     * #isDone()}. Blocks for the disk.
     *
     * @return the bytes that were read and written
     * @throws PenstockException {@code CORRUPT_MESSAGE} if a batch is damaged, {@code STORAGE_ERROR} or {@code
     *     STORAGE_FULL} if the disk refuses, or what became of the log; {@link #close()} it then
     */
    public long work(long maxBytes) {
        long done = 0;
        try {
            while (done < maxBytes && phase != Phase.SWAP && phase != Phase.DONE) {
                log.ensureUsable();
                done += switch (phase) {
                    case SURVEY -> surveyOn();
                    case MAP -> mapOn();
                    default -> cleanOn();
                };
            }
            return done;
        } catch (IOException e) {
            throw log.compactionFailed(e);
        }
    }

    // each of these looks at one batch, or moves on to the next segment

    private long surveyOn() throws IOException {
        BatchScan current = scan;
        LogSegment segment = source;
        if (current == null || segment == null) {
            LogSegment next = nextOffset < surveyEnd ? hold(nextOffset) : null;
            if (next == null) {
                beginPass();
            } else {
                scan = next.scan(0);
            }
            return 0;
        }
        if (current.next()) {
            RecordBatch batch = current.batch();
            if (batch.baseOffset() < surveyEnd) {
                survey(segment, current);
            }
            return Math.min(SCAN_BYTES, batch.sizeInBytes());
        }
        if (!current.damage().isEmpty()) {
            throw log.corrupt(segment, current.position(), current.damage());
        }
        scan = null;
        leave(segment);
        return 0;
    }

    private void survey(LogSegment segment, BatchScan at) throws IOException {
        if (at.batch().isControl()) {
            surveyMarker(segment, at);
        } else {
            survey.note(at.batch(), cursor);
        }
    }

    private void surveyMarker(LogSegment segment, BatchScan at) throws IOException {
        int size = at.batch().sizeInBytes();
        if (!at.isCrcValid()) {
            throw log.corrupt(segment, at.position(), "its checksum is wrong");
        }
        ByteBuf bytes = allocator.directBuffer(size);
        try {
            segment.read(bytes.nioBuffer(0, size), at.position());
            survey.note(RecordBatch.at(bytes.writerIndex(size), 0), cursor);
        } finally {
            bytes.release();
        }
    }

    private void beginPass() {
        rangeEnd = Math.min(rangeEnd, survey.firstOpenTransaction());
        if (passStart >= rangeEnd) {
            phase = Phase.DONE;
            return;
        }
        map.clear();
        passes++;
        passEnd = rangeEnd;
        nextOffset = passStart;
        phase = Phase.MAP;
    }

    private long mapOn() throws IOException {
        BatchReader current = reader;
        LogSegment segment = source;
        if (current == null || segment == null) {
            LogSegment next = nextOffset < passEnd ? hold(nextOffset) : null;
            if (next == null || next.baseOffset() >= passEnd) {
                letGo();
                beginCleaning();
            } else {
                reader = new BatchReader(allocator, next);
            }
            return 0;
        }
        long before = current.bytesRead();
        if (current.next()) {
            map(current.batch());
        } else {
            leave(segment);
        }
        return current.bytesRead() - before;
    }

    /** Notes the batch's keys; when there is no room for one more, the pass ends before that record. */
    private void map(RecordBatch batch) {
        if (batch.lastOffset() < passStart || batch.isControl() || survey.isAborted(batch)) {
            return;
        }
        try {
            cursor.open(batch.buffer(), batch.index());
            while (cursor.next() && cursor.offset() < passEnd) {
                if (cursor.offset() >= passStart
                        && cursor.keyLength() >= 0
                        && !map.put(cursor.buffer(), cursor.keyIndex(), cursor.keyLength(), cursor.offset())) {
                    passEnd = cursor.offset();
                    nextOffset = passEnd;
                    letGo();
                    return;
                }
            }
        } finally {
            cursor.close();
        }
    }

    private void beginCleaning() {
        long start = log.snapshot().logStartOffset();
        nextOffset = start;
        filter = new BatchFilter(allocator, survey, map, start, passEnd, rules.deleteRetentionMs(), nowMs);
        phase = Phase.CLEAN;
    }

    private long cleanOn() throws IOException {
        BatchFilter current = filter;
        if (current == null) {
            throw new IllegalStateException("nothing is being cleaned");
        }
        if (group.isEmpty()) {
            beginGroup(current);
            return 0;
        }
        if (groupIndex == group.size()) {
            leaveGroup();
            return 0;
        }
        BatchReader batches = reader;
        if (batches == null) {
            batches = new BatchReader(allocator, group.get(groupIndex));
            reader = batches;
        }
        long before = batches.bytesRead();
        if (batches.next()) {
            long written = write(clean(current, batches.batch()), false);
            return batches.bytesRead() - before + written;
        }
        batches.close();
        reader = null;
        groupIndex++;
        return groupIndex < group.size() ? 0 : endGroup(current);
    }

    /** Takes neighbours until they would become too large for one segment. */
    private void beginGroup(BatchFilter current) throws IOException {
        SegmentList all = log.segments();
        List<LogSegment> next = new ArrayList<>();
        long bytes = 0;
        for (LogSegment segment : all.from(nextOffset)) {
            if (segment.tail().nextOffset() <= nextOffset) {
                continue;
            }
            long size = segment.tail().sizeInBytes();
            boolean fits = next.isEmpty()
                    || (bytes + size <= log.segmentBytes()
                            && segment.tail().nextOffset() - next.get(0).baseOffset() <= Integer.MAX_VALUE);
            boolean isWithin = segment.baseOffset() < passEnd && segment != all.active();
            if (!isWithin || !fits || !segment.acquire()) {
                break;
            }
            next.add(segment);
            bytes += size;
        }
        if (next.isEmpty()) {
            endPass(current);
            return;
        }
        group = next;
        groupIndex = 0;
        changedBefore = current.batchesChanged();
        cleaned = log.createCleaned(next.get(0).baseOffset(), nowMs);
        nextOffset = next.get(next.size() - 1).tail().nextOffset();
    }

    private @Nullable ByteBuf clean(BatchFilter current, RecordBatch batch) {
        // its header tells how far the segment reaches, also when it is the only file that a crash leaves
        boolean isLast = groupIndex == group.size() - 1 && batch.nextOffset() == nextOffset;
        return current.filter(batch, isLast);
    }

    private long write(@Nullable ByteBuf batch, boolean isEnd) throws IOException {
        if (batch != null) {
            unwritten.add(batch);
            unwrittenBytes += batch.readableBytes();
        }
        if (unwritten.isEmpty() || (unwrittenBytes < WRITE_BYTES && !isEnd)) {
            return 0;
        }
        LogSegment target = cleanedSegment();
        if (target.tail().sizeInBytes() + unwrittenBytes > Integer.MAX_VALUE) {
            throw new IOException("what stays of " + group + " does not fit into one segment");
        }
        target.append(unwritten);
        long written = unwrittenBytes;
        releaseUnwritten();
        return written;
    }

    private LogSegment cleanedSegment() {
        LogSegment target = cleaned;
        if (target == null) {
            throw new IllegalStateException("no segment is being written");
        }
        return target;
    }

    private long endGroup(BatchFilter current) throws IOException {
        long written = write(null, true);
        LogSegment target = cleanedSegment();
        long before = group.stream()
                .mapToLong(segment -> segment.tail().sizeInBytes())
                .sum();
        bytesBefore += before;
        if (group.size() == 1 && current.batchesChanged() == changedBefore) {
            bytesAfter += before;
        } else {
            target.seal();
            bytesAfter += target.tail().sizeInBytes();
            phase = Phase.SWAP;
        }
        return written;
    }

    /**
     * Puts what was written in the place of what it was written from; by the log's writer. If some of that was deleted
     * meanwhile, what is left of it is gone through again. Blocks for the disk.
     *
     * @throws PenstockException {@code STORAGE_ERROR} if names can't be changed; the log has failed then
     */
    public void swap() {
        if (phase != Phase.SWAP) {
            throw new IllegalStateException("no swap is due");
        }
        LogSegment target = cleanedSegment();
        SegmentList all = log.segments();
        if (group.stream().allMatch(all::holds)) {
            // from here on it is the log's
            cleaned = null;
            try {
                log.replace(group, target);
            } finally {
                if (!log.segments().holds(target)) {
                    target.close(() -> {});
                }
            }
            segmentsReplaced += group.size();
        } else {
            nextOffset = group.get(0).baseOffset();
        }
        // the files of the old segments are deleted by the next work, when the writer is free to go on
        phase = Phase.CLEAN;
    }

    /** Lets go of the group, and of what was written if it did not become the log's. */
    private void leaveGroup() {
        group.forEach(LogSegment::release);
        group = List.of();
        if (cleaned != null) {
            cleaned.discard(LogSegment.CLEANED_SUFFIX);
            cleaned = null;
        }
    }

    private void endPass(BatchFilter current) {
        recordsRead += current.recordsRead();
        recordsKept += current.recordsKept();
        keylessRecords += current.keylessRecords();
        current.close();
        filter = null;
        passStart = passEnd;
        beginPass();
    }

    /** Begins to hold the first segment that reaches beyond an offset; null if there is none. */
    private @Nullable LogSegment hold(long offset) {
        while (true) {
            LogSegment found = null;
            for (LogSegment segment : log.segments().from(offset)) {
                if (segment.tail().nextOffset() > offset) {
                    found = segment;
                    break;
                }
            }
            if (found == null || found.acquire()) {
                source = found;
                return found;
            }
            log.ensureUsable();
        }
    }

    private void leave(LogSegment segment) {
        nextOffset = Math.max(nextOffset, segment.tail().nextOffset());
        letGo();
    }

    private void letGo() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
        if (source != null) {
            source.release();
            source = null;
        }
    }

    private void releaseUnwritten() {
        unwritten.forEach(ByteBuf::release);
        unwritten.clear();
        unwrittenBytes = 0;
    }

    /** The offset before which every key has at most one record by now, and at which the next compaction can begin. */
    public long cleanedTo() {
        return passStart;
    }

    /** What was done so far. */
    public CompactionResult result() {
        return new CompactionResult(
                passStart, passes, recordsRead, recordsKept, keylessRecords, bytesBefore, bytesAfter, segmentsReplaced);
    }

    /** Ends it, done or given up. May be called again. */
    @Override
    public void close() {
        phase = Phase.DONE;
        letGo();
        releaseUnwritten();
        leaveGroup();
        cursor.close();
        if (filter != null) {
            filter.close();
            filter = null;
        }
    }
}

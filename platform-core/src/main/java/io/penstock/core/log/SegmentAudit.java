package io.penstock.core.log;

import io.penstock.core.log.LogDefect.Part;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.LogFile;
import io.penstock.core.log.index.OffsetIndex;
import io.penstock.core.log.index.OffsetPosition;
import io.penstock.core.log.index.TimeIndex;
import io.penstock.core.log.index.TimestampOffset;
import io.penstock.core.log.segment.BatchRun;
import io.penstock.core.log.segment.BatchScan;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.log.segment.Survivors;
import io.penstock.core.record.RecordBatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Goes over all batches of a segment with their checksums, and over both indexes in step with them. Changes nothing. Behind
 * the first batch that is not valid it only looks for others that are.
 */
final class SegmentAudit {

    private final LogDirectory directory;
    private final long baseOffset;
    private final long limitOffset;
    private final int knownEnd;
    private final long knownOffset;
    private final int indexIntervalBytes;
    private final List<LogDefect> defects = new ArrayList<>();

    private List<BatchRun> survivors = List.of();
    private int size;
    private int validBytes;
    private int lastBatch;
    private long nextOffset;
    private long maxTimestamp = RecordBatch.NO_TIMESTAMP;

    /**
     * @param limitOffset the base offset of the next segment, {@link Long#MAX_VALUE} if there is none
     * @param point what is known to be on the device of the log
     * @param indexIntervalBytes at most so many bytes lie between the last index entry and the last batch
     */
    SegmentAudit(
            LogDirectory directory, long baseOffset, long limitOffset, RecoveryPoint point, int indexIntervalBytes) {
        this.directory = directory;
        this.baseOffset = baseOffset;
        this.limitOffset = limitOffset;
        boolean hasPoint = point.segmentBaseOffset() == baseOffset;
        this.knownEnd = hasPoint ? point.position() : 0;
        this.knownOffset = hasPoint ? point.offset() : baseOffset;
        this.indexIntervalBytes = indexIntervalBytes;
        this.nextOffset = baseOffset;
    }

    String logName() {
        return LogSegment.fileName(baseOffset, LogSegment.LOG_SUFFIX);
    }

    /** Where the file ends. */
    int size() {
        return size;
    }

    /** Where the valid batches end. */
    int validBytes() {
        return validBytes;
    }

    /** Behind the last valid batch. */
    long nextOffset() {
        return nextOffset;
    }

    /** What is valid behind the first batch that is not. */
    List<BatchRun> survivors() {
        return survivors;
    }

    /** What was found in the indexes. */
    List<LogDefect> defects() {
        return defects;
    }

    /**
     * Does it.
     *
     * @return what is wrong where the valid batches end, or an empty string
     */
    String run(Consumer<RecordBatch> valid) throws IOException {
        try (LogFile log = directory.open(logName())) {
            if (log.size() > Integer.MAX_VALUE) {
                return "it has " + log.size() + " bytes, more than positions in an index can tell";
            }
            size = (int) log.size();
            try (OffsetEntries offsets = new OffsetEntries();
                    TimeEntries times = new TimeEntries()) {
                String damage = walk(new BatchScan(log, 0, size, baseOffset), offsets, times, valid);
                if (damage.isEmpty()) {
                    offsets.finish();
                    times.finish();
                } else {
                    survivors = Survivors.in(log, baseOffset, validBytes, nextOffset, limitOffset);
                }
                return damage;
            }
        }
    }

    private String walk(BatchScan scan, OffsetEntries offsets, TimeEntries times, Consumer<RecordBatch> valid)
            throws IOException {
        while (scan.next()) {
            RecordBatch batch = scan.batch();
            if (!scan.isCrcValid()) {
                return "its checksum is wrong";
            }
            String contradiction = contradiction(scan);
            if (!contradiction.isEmpty()) {
                return contradiction;
            }
            if (batch.lastOffset() >= limitOffset) {
                return "its last offset is " + batch.lastOffset() + " where " + limitOffset + " is the limit";
            }
            offsets.accept(scan.position(), batch.lastOffset());
            if (batch.maxTimestamp() > maxTimestamp) {
                maxTimestamp = batch.maxTimestamp();
                times.accept(maxTimestamp, batch.lastOffset());
            }
            valid.accept(batch);
            lastBatch = scan.position();
            nextOffset = batch.nextOffset();
            validBytes = scan.position() + batch.sizeInBytes();
        }
        return scan.damage();
    }

    private String contradiction(BatchScan scan) {
        return scan.contradiction(knownEnd, knownOffset, limitOffset == Long.MAX_VALUE);
    }

    /** Behind all headers that can be read behind the last valid batch, whether their own batches are valid or not. */
    long lastOffsetClaimed() throws IOException {
        BatchRun last = survivors.isEmpty()
                ? new BatchRun(0, validBytes, baseOffset, nextOffset)
                : survivors.get(survivors.size() - 1);
        long next = last.nextOffset();
        try (LogFile log = directory.open(logName())) {
            BatchScan scan = new BatchScan(log, last.end(), size, next);
            while (scan.next() && contradiction(scan).isEmpty()) {
                next = scan.batch().nextOffset();
            }
        }
        return next;
    }

    /** The entries of an index, of which the first is not yet accounted for; reports at most one defect. */
    private abstract class Entries implements AutoCloseable {

        private final String name;
        private final int entryBytes;
        private boolean isDone;
        int slot;

        Entries(String suffix, int entryBytes) throws IOException {
            this.name = LogSegment.fileName(baseOffset, suffix);
            this.entryBytes = entryBytes;
            if (!directory.exists(name)) {
                // opening it would create it
                isDone = true;
                if (size > 0) {
                    defects.add(LogDefect.of(Part.INDEX, name, 0, "it is missing"));
                }
            }
        }

        @Override
        public abstract void close() throws IOException;

        boolean isDone() {
            return isDone;
        }

        String name() {
            return name;
        }

        void defect(String what) {
            isDone = true;
            defects.add(LogDefect.of(Part.INDEX, name, (long) slot * entryBytes, what));
        }

        void checkSize(LogFile file) {
            if (file.size() % entryBytes != 0) {
                slot = (int) (file.size() / entryBytes);
                defect("its size is " + file.size() + ", not a multiple of " + entryBytes);
            }
        }
    }

    private final class OffsetEntries extends Entries {

        private final @Nullable OffsetIndex index;
        private int largestStep;
        private int lastPosition;

        OffsetEntries() throws IOException {
            super(OffsetIndex.SUFFIX, OffsetIndex.ENTRY_BYTES);
            if (isDone()) {
                index = null;
                return;
            }
            LogFile file = directory.open(name());
            index = new OffsetIndex(file, baseOffset, Integer.MAX_VALUE);
            checkSize(file);
        }

        void accept(int position, long lastOffset) throws IOException {
            if (index == null || isDone() || slot >= index.entries()) {
                return;
            }
            OffsetPosition entry = index.entry(slot);
            if (entry.position() == position && entry.offset() == lastOffset) {
                largestStep = Math.max(largestStep, position - lastPosition);
                lastPosition = position;
                slot++;
            } else if (entry.position() == position) {
                defect("it says that the batch at position " + position + " ends with offset " + entry.offset()
                        + ", which is " + lastOffset);
            } else if (entry.position() < position) {
                defect("no batch begins at position " + entry.position());
            }
        }

        void finish() throws IOException {
            if (index == null || isDone()) {
                return;
            }
            if (slot < index.entries()) {
                defect("no batch begins at position " + index.entry(slot).position() + ", the log has " + size
                        + " bytes");
            } else if (lastBatch - lastPosition > Math.max(indexIntervalBytes, largestStep)) {
                defect("entries are missing: the last is for position " + lastPosition + ", the last batch begins at "
                        + lastBatch);
            }
        }

        @Override
        public void close() throws IOException {
            if (index != null) {
                index.close();
            }
        }
    }

    private final class TimeEntries extends Entries {

        private final @Nullable TimeIndex index;

        TimeEntries() throws IOException {
            super(TimeIndex.SUFFIX, TimeIndex.ENTRY_BYTES);
            if (isDone()) {
                index = null;
                return;
            }
            LogFile file = directory.open(name());
            index = new TimeIndex(file, baseOffset, Integer.MAX_VALUE);
            checkSize(file);
        }

        /** Of a batch that has a greater timestamp than all before it. */
        void accept(long timestamp, long lastOffset) throws IOException {
            if (index == null || isDone() || slot >= index.entries()) {
                return;
            }
            TimestampOffset entry = index.entry(slot);
            if (entry.offset() == lastOffset && entry.timestamp() == timestamp) {
                slot++;
            } else if (entry.offset() <= lastOffset) {
                defect("it says that timestamps up to offset " + entry.offset() + " are at most " + entry.timestamp()
                        + ", which the batches do not bear out");
            }
        }

        void finish() throws IOException {
            if (index == null || isDone()) {
                return;
            }
            if (slot < index.entries()) {
                defect("offset " + index.entry(slot).offset() + " has not the greatest timestamp");
            } else if (limitOffset != Long.MAX_VALUE && index.last().timestamp() < maxTimestamp) {
                defect("the segment's greatest timestamp is missing");
            }
        }

        @Override
        public void close() throws IOException {
            if (index != null) {
                index.close();
            }
        }
    }
}

package io.penstock.core.log;

import io.penstock.core.log.index.TimeIndex;
import io.penstock.core.log.segment.LogSegment;
import io.penstock.core.record.RecordBatch;

/**
 * The settings of a partition's log, which are those of its topic and bear Kafka's names and defaults.
 *
 * @param segmentBytes {@code segment.bytes}: a segment is rolled before it becomes larger, 128 or more
 * @param segmentMs {@code segment.ms}: a segment is rolled when a batch is that much later than its first, 1 or more
 * @param indexIntervalBytes {@code index.interval.bytes}: bytes of batches between two index entries, 0 or more
 * @param segmentIndexBytes {@code segment.index.bytes}: a segment is rolled when an index has that size, 24 or more
 */
public record LogSettings(int segmentBytes, long segmentMs, int indexIntervalBytes, int segmentIndexBytes) {

    public static final LogSettings DEFAULTS = new LogSettings(1 << 30, 7L * 24 * 60 * 60 * 1000, 4096, 10 << 20);

    public LogSettings {
        check("segment.bytes", segmentBytes, 128);
        check("segment.ms", segmentMs, 1);
        check("index.interval.bytes", indexIntervalBytes, 0);
        check("segment.index.bytes", segmentIndexBytes, 2 * TimeIndex.ENTRY_BYTES);
    }

    private static void check(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be " + least + " or more, was " + value);
        }
    }

    public LogSettings withSegmentBytes(int newSegmentBytes) {
        return new LogSettings(newSegmentBytes, segmentMs, indexIntervalBytes, segmentIndexBytes);
    }

    public LogSettings withSegmentMs(long newSegmentMs) {
        return new LogSettings(segmentBytes, newSegmentMs, indexIntervalBytes, segmentIndexBytes);
    }

    public LogSettings withIndexIntervalBytes(int newIndexIntervalBytes) {
        return new LogSettings(segmentBytes, segmentMs, newIndexIntervalBytes, segmentIndexBytes);
    }

    public LogSettings withSegmentIndexBytes(int newSegmentIndexBytes) {
        return new LogSettings(segmentBytes, segmentMs, indexIntervalBytes, newSegmentIndexBytes);
    }

    /**
     * Tells whether a batch must begin a new segment.
     *
     * @param active the segment that would take it
     * @param waiting bytes that are to be written to that segment before the batch
     * @param batch the batch, with its offsets assigned
     */
    boolean mustRoll(LogSegment active, int waiting, RecordBatch batch, long nowMs) {
        long size = (long) active.tail().sizeInBytes() + waiting;
        return size > 0
                && (size + batch.sizeInBytes() > segmentBytes
                        || active.ageMs(nowMs, batch.maxTimestamp()) > segmentMs
                        || active.isIndexFull()
                        || batch.lastOffset() - active.baseOffset() > Integer.MAX_VALUE);
    }
}

package io.penstock.core.log;

import io.penstock.core.record.RecordBatch;
import java.util.List;

/**
 * How much of its past a log keeps: the decision, and no step to the disk. Whole segments go, in order, never the last
 * one, and nothing that is not below the high watermark.
 *
 * @param retentionMs {@code retention.ms}: a segment goes when its greatest timestamp is older; -1 for no limit
 * @param retentionBytes {@code retention.bytes}: the first segments go while the rest has at least as much; -1 for no
 *     limit
 */
public record Retention(long retentionMs, long retentionBytes) {

    /** A value that means no limit. */
    public static final long UNLIMITED = -1;

    /** 168 hours, whatever the size. */
    public static final Retention DEFAULT = new Retention(168L * 60 * 60 * 1000, UNLIMITED);

    public Retention {
        if (retentionMs < UNLIMITED || retentionBytes < UNLIMITED) {
            throw new IllegalArgumentException("retention.ms and retention.bytes must be -1 or more, were "
                    + retentionMs + " and " + retentionBytes);
        }
    }

    /**
     * Decides at which offset the log shall start.
     *
     * @param segments all of the log's, in order, the active one last
     * @param offsets the log's
     * @param nowMs the time in milliseconds since 1970
     * @return where the first segment that stays begins; the log's start if all do
     */
    public long newStart(List<SegmentExtent> segments, LogSnapshot offsets, long nowMs) {
        long excess = retentionBytes == UNLIMITED
                ? -1
                : segments.stream().mapToLong(SegmentExtent::sizeInBytes).sum() - retentionBytes;
        long start = offsets.logStartOffset();
        for (int i = 0; i + 1 < segments.size(); i++) {
            SegmentExtent segment = segments.get(i);
            long next = segments.get(i + 1).baseOffset();
            boolean goes = next <= offsets.logStartOffset()
                    || excess >= segment.sizeInBytes()
                    || isExpired(timestampOf(segments, i), nowMs);
            if (!goes || next > offsets.highWatermark()) {
                break;
            }
            excess -= segment.sizeInBytes();
            start = Math.max(start, next);
        }
        return start;
    }

    /** Whether all records of the active segment are so old that they should go, for which it must be rolled first. */
    public boolean isActiveExpired(SegmentExtent active, long nowMs) {
        return active.sizeInBytes() > 0 && isExpired(active.maxTimestamp(), nowMs);
    }

    /** A segment without timestamps is no younger than the next one that has some. */
    private static long timestampOf(List<SegmentExtent> segments, int index) {
        return segments.subList(index, segments.size()).stream()
                .mapToLong(SegmentExtent::maxTimestamp)
                .filter(timestamp -> timestamp != RecordBatch.NO_TIMESTAMP)
                .findFirst()
                .orElse(RecordBatch.NO_TIMESTAMP);
    }

    private boolean isExpired(long timestamp, long nowMs) {
        return retentionMs != UNLIMITED && timestamp != RecordBatch.NO_TIMESTAMP && nowMs - timestamp > retentionMs;
    }
}

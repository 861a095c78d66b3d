package io.penstock.core.log;

import io.penstock.core.log.compaction.CompactionRules;
import java.util.List;

/**
 * Which part of a log can be compacted now: the decision, and no step to the disk. Whole segments, never the active one,
 * nothing that is not below the high watermark and the last stable offset.
 *
 * @param from the offset from which on keys may have older records before them: the dirty start
 * @param to the offset at which the part ends
 * @param cleanBytes the size of the segments before the dirty start
 * @param dirtyBytes the size of those after it
 */
public record CleanableRange(long from, long to, long cleanBytes, long dirtyBytes) {

    /**
     * @param segments all of the log's, in order, the active one last
     * @param dirtyStart where the last compaction ended, 0 if there was none
     */
    public static CleanableRange of(
            List<SegmentExtent> segments, LogSnapshot offsets, long dirtyStart, CompactionRules rules, long nowMs) {
        boolean isPlausible = dirtyStart <= offsets.logEndOffset();
        long from = Math.max(offsets.logStartOffset(), isPlausible ? dirtyStart : 0);
        long limit = Math.min(offsets.highWatermark(), offsets.lastStableOffset());
        long to = from;
        long cleanBytes = 0;
        long dirtyBytes = 0;
        for (SegmentExtent segment : segments.subList(0, segments.size() - 1)) {
            if (segment.nextOffset() <= from) {
                cleanBytes += segment.sizeInBytes();
            } else if (segment.nextOffset() <= limit && !rules.isTooYoung(segment.maxTimestamp(), nowMs)) {
                dirtyBytes += segment.sizeInBytes();
                to = segment.nextOffset();
            } else {
                break;
            }
        }
        return new CleanableRange(from, to, cleanBytes, dirtyBytes);
    }

    public boolean isEmpty() {
        return to <= from;
    }

    /** How much of what can be compacted was not compacted yet, from 0 to 1: {@code min.cleanable.dirty.ratio}. */
    public double dirtyRatio() {
        return isEmpty() ? 0 : (double) dirtyBytes / Math.max(1, cleanBytes + dirtyBytes);
    }
}

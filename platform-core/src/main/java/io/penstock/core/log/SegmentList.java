package io.penstock.core.log;

import io.penstock.core.log.segment.LogSegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The segments of a log in the order of their base offsets, at least one; immutable. */
final class SegmentList {

    private final LogSegment[] segments;

    SegmentList(List<LogSegment> segments) {
        this.segments = segments.toArray(new LogSegment[0]);
    }

    List<LogSegment> all() {
        return List.of(segments);
    }

    LogSegment first() {
        return segments[0];
    }

    /** The last one, which takes the appends. */
    LogSegment active() {
        return segments[segments.length - 1];
    }

    /** The one that holds an offset if any does: the last whose base offset is not greater, or the first. */
    LogSegment floor(long offset) {
        return segments[floorIndex(offset)];
    }

    /** The one after the one that holds an offset, if there is one. */
    @Nullable
    LogSegment after(LogSegment segment) {
        int next = floorIndex(segment.baseOffset()) + 1;
        return next < segments.length ? segments[next] : null;
    }

    List<LogSegment> from(long offset) {
        return List.of(Arrays.copyOfRange(segments, floorIndex(offset), segments.length));
    }

    SegmentList with(LogSegment segment) {
        LogSegment[] more = Arrays.copyOf(segments, segments.length + 1);
        more[segments.length] = segment;
        return new SegmentList(List.of(more));
    }

    /** Without those whose base offset is greater; the first stays. */
    SegmentList upTo(long offset) {
        if (active().baseOffset() <= offset) {
            return this;
        }
        return new SegmentList(List.of(Arrays.copyOf(segments, floorIndex(offset) + 1)));
    }

    /** Whether a segment is one of these, and was not replaced by another one that has its offsets. */
    boolean holds(LogSegment segment) {
        return segments[floorIndex(segment.baseOffset())] == segment;
    }

    /** Without the leading ones whose every offset is less; the last stays. */
    SegmentList endingAfter(long offset) {
        int first = 0;
        while (first + 1 < segments.length && segments[first + 1].baseOffset() <= offset) {
            first++;
        }
        return first == 0 ? this : new SegmentList(List.of(Arrays.copyOfRange(segments, first, segments.length)));
    }

    /** With one segment in the place of neighbours, which must be here. */
    SegmentList replacing(List<LogSegment> neighbours, LogSegment one) {
        List<LogSegment> changed = new ArrayList<>(List.of(segments));
        int at = changed.indexOf(neighbours.get(0));
        changed.subList(at, at + neighbours.size()).clear();
        changed.add(at, one);
        return new SegmentList(changed);
    }

    private int floorIndex(long offset) {
        int low = 0;
        int high = segments.length;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (segments[middle].baseOffset() <= offset) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }
}

package io.penstock.core.log;

import io.penstock.core.log.segment.LogSegment;
import java.util.List;

/**
 * Segments that are no longer part of a log, and whose files only wait to be deleted. Deleting a large file takes the
 * file system a while: {@link #release()} is best called when the log's writer is free to go on.
 */
public final class DeletedSegments {

    private final List<LogSegment> segments;

    /** @param segments held for this object */
    DeletedSegments(List<LogSegment> segments) {
        this.segments = List.copyOf(segments);
    }

    public int count() {
        return segments.size();
    }

    /** The bytes of batches in them. */
    public long sizeInBytes() {
        return segments.stream()
                .mapToLong(segment -> segment.tail().sizeInBytes())
                .sum();
    }

    /** Deletes the files as soon as no reader holds them; to be called once. May block. */
    public void release() {
        segments.forEach(LogSegment::release);
    }
}

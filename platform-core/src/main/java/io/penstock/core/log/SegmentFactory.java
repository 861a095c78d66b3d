package io.penstock.core.log;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.segment.LogSegment;
import java.io.IOException;

/** Opens and makes the segments of a log that is being opened. */
record SegmentFactory(LogDirectory directory, LogSettings settings, long nowMs) {

    /** The segment with a base offset, created if it is missing. */
    LogSegment open(long baseOffset) throws IOException {
        return LogSegment.open(
                directory, baseOffset, settings.indexIntervalBytes(), settings.segmentIndexBytes(), nowMs);
    }

    /** An empty one that is not yet part of the log. */
    LogSegment createCleaned(long baseOffset) throws IOException {
        return LogSegment.createCleaned(
                directory, baseOffset, settings.indexIntervalBytes(), settings.segmentIndexBytes(), nowMs);
    }
}

package io.penstock.core.log;

import java.util.Set;

/**
 * What is known of a log before it is opened.
 *
 * @param point what is known to be on the device
 * @param startOffset the log's start, as it was noted: of what is before it, anything may have gone
 * @param suspects base offsets of segments of which nothing is believed: they are read as a whole
 */
record LogKnowledge(RecoveryPoint point, long startOffset, Set<Long> suspects) {

    boolean isSuspect(long segmentBaseOffset) {
        return suspects.contains(segmentBaseOffset);
    }
}

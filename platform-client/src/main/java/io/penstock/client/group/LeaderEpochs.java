package io.penstock.client.group;

import java.util.Map;
import java.util.TreeMap;

/** Of which leader epoch the batches at some offsets are. Not thread-safe. */
final class LeaderEpochs {

    private static final int UNKNOWN = -1;

    private final TreeMap<Long, Integer> starts = new TreeMap<>();
    private int newest = UNKNOWN;

    /** A batch begins. */
    void enter(long baseOffset, int leaderEpoch) {
        if (leaderEpoch != newest) {
            newest = leaderEpoch;
            starts.put(baseOffset, leaderEpoch);
        }
    }

    /** That of the last batch that begins before an offset, or -1. */
    int before(long offset) {
        Map.Entry<Long, Integer> start = starts.lowerEntry(offset);
        return start == null ? UNKNOWN : start.getValue();
    }

    /** Nobody asks for an earlier offset any more. */
    void forgetBefore(long offset) {
        Long needed = starts.lowerKey(offset);
        if (needed != null) {
            starts.headMap(needed).clear();
        }
    }
}

package io.penstock.core.log;

import io.penstock.core.record.RecordBatch;
import java.util.Map;
import java.util.NavigableMap;

/**
 * A part of a log that one leader wrote.
 *
 * @param epoch its epoch, {@link RecordBatch#NO_LEADER_EPOCH} if it is not known
 * @param from the first offset
 * @param to behind the last one
 */
record EpochSpan(int epoch, long from, long to) {

    /** Has no offset. */
    static final EpochSpan NONE = new EpochSpan(RecordBatch.NO_LEADER_EPOCH, 0, 0);

    /**
     * The one that has an offset.
     *
     * @param startOffsets where each epoch begins
     */
    static EpochSpan at(long offset, NavigableMap<Integer, Long> startOffsets) {
        int epoch = RecordBatch.NO_LEADER_EPOCH;
        long from = Long.MIN_VALUE;
        for (Map.Entry<Integer, Long> start : startOffsets.entrySet()) {
            if (start.getValue() > offset) {
                return new EpochSpan(epoch, from, start.getValue());
            }
            epoch = start.getKey();
            from = start.getValue();
        }
        return new EpochSpan(epoch, from, Long.MAX_VALUE);
    }

    boolean has(long offset) {
        return from <= offset && offset < to;
    }

    /** Whether a batch of this part says another epoch. */
    boolean isContradictedBy(RecordBatch batch) {
        return epoch != RecordBatch.NO_LEADER_EPOCH && batch.leaderEpoch() != epoch;
    }
}

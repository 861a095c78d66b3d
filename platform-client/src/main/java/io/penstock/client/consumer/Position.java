package io.penstock.client.consumer;

/**
 * Where a subscription stands in a partition.
 *
 * @param nextOffset the offset of the next record that is given to the subscriber
 * @param highWatermark the first offset that could not be read when the broker last sent something, or -1
 * @param committedOffset what the group is known to have committed, or -1 if nothing is known or there is no group
 */
public record Position(long nextOffset, long highWatermark, long committedOffset) {

    /** How many offsets lie before the high watermark that were not given out, as of then; -1 if nothing is known yet. */
    public long lag() {
        return before(nextOffset);
    }

    /** How many offsets lie before the high watermark that the group has not committed; -1 if nothing is known yet. */
    public long committedLag() {
        return committedOffset < 0 ? -1 : before(committedOffset);
    }

    private long before(long offset) {
        return highWatermark < 0 ? -1 : Math.max(0, highWatermark - offset);
    }
}

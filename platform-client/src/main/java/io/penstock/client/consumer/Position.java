package io.penstock.client.consumer;

/**
 * Where a subscription stands in a partition.
 *
 * @param nextOffset the offset of the next record that is given to the subscriber
 * @param highWatermark the first offset that could not be read when the broker last sent something, or -1
 */
public record Position(long nextOffset, long highWatermark) {

    /** How many offsets lie between the two, as of then; -1 if nothing is known yet. */
    public long lag() {
        return highWatermark < 0 ? -1 : Math.max(0, highWatermark - nextOffset);
    }
}

package io.penstock.client.consumer;

/** What happens if the offset to go on at is no longer, or not yet, in the partition. */
public enum OnOutOfRange {
    /** Go on at the first record that is there, and say so in an event. */
    EARLIEST,
    /** Go on after the last record that is there, and say so in an event. */
    LATEST,
    /** End the stream with {@code OFFSET_OUT_OF_RANGE}. */
    FAIL
}

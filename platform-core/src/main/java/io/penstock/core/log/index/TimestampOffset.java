package io.penstock.core.log.index;

/**
 * An entry of a {@link TimeIndex}.
 *
 * @param timestamp in milliseconds since 1970; -1 where there is none
 * @param offset the last offset of the first batch that has it
 */
public record TimestampOffset(long timestamp, long offset) {}

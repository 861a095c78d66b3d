package io.penstock.core.log.index;

/**
 * An entry of an {@link OffsetIndex}.
 *
 * @param offset the last offset of a batch
 * @param position where that batch begins in the segment's log file, in bytes
 */
public record OffsetPosition(long offset, int position) {}

package io.penstock.core.log;

/**
 * A segment of a log, as tools show it.
 *
 * @param baseOffset the offset that its files are named by
 * @param nextOffset the offset after its last batch
 * @param sizeInBytes the size of its batches
 * @param maxTimestamp its greatest timestamp in milliseconds since 1970, -1 if there is none
 */
public record SegmentExtent(long baseOffset, long nextOffset, int sizeInBytes, long maxTimestamp) {}

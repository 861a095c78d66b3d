package io.penstock.core.log.segment;

/**
 * Where a segment ends, published as one object so that a reader never sees half of an append.
 *
 * @param sizeInBytes the size of the whole batches in the log file
 * @param nextOffset the offset after the last batch, or the base offset if there is none
 * @param maxTimestamp the greatest timestamp, in milliseconds since 1970, -1 if there is none
 * @param offsetOfMaxTimestamp the last offset of the first batch that has it; the base offset if there is none
 */
public record SegmentTail(int sizeInBytes, long nextOffset, long maxTimestamp, long offsetOfMaxTimestamp) {

    static SegmentTail empty(long baseOffset) {
        return new SegmentTail(0, baseOffset, -1, baseOffset);
    }
}

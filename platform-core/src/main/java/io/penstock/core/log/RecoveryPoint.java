package io.penstock.core.log;

/**
 * A place in a log before which everything, batches and index entries, is known to be on the device. What lies behind it is
 * read with its checksums when the log is opened; what is missing or wrong before it is damage, and not a torn write.
 *
 * @param offset the offset of the first batch that it does not cover
 * @param segmentBaseOffset the base offset of the segment in which it lies
 * @param position where in that segment's log file it lies, in bytes
 * @param isClean whether the log was closed there, so that nothing lies behind it
 */
public record RecoveryPoint(long offset, long segmentBaseOffset, int position, boolean isClean) {

    /** Nothing is known: everything is read. */
    public static final RecoveryPoint UNKNOWN = new RecoveryPoint(0, 0, 0, false);

    public RecoveryPoint {
        if (segmentBaseOffset < 0 || offset < segmentBaseOffset || position < 0) {
            throw new IllegalArgumentException(
                    "offset " + offset + ", segment " + segmentBaseOffset + ", position " + position);
        }
    }
}

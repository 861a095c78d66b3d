package io.penstock.core.log;

/**
 * What became of an append.
 *
 * @param firstOffsets the base offset that each batch got, in the order in which they were given
 * @param lastOffset the last offset of the last batch
 * @param logEndOffset the log end offset after it
 * @param appendTimeMs the append time that the batches were stamped with, -1 if they keep their producer's timestamps
 */
public record LogAppend(long[] firstOffsets, long lastOffset, long logEndOffset, long appendTimeMs) {

    /** The offset behind a batch, by its place in the append. */
    public long nextOffset(int index) {
        return index + 1 < firstOffsets.length ? firstOffsets[index + 1] : logEndOffset;
    }
}

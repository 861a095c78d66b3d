package io.penstock.core.log;

/**
 * Where a leader epoch ended.
 *
 * @param leaderEpoch the greatest epoch of the log that is not greater than the one asked for, -1 if there is none
 * @param endOffset the first offset of the next epoch of the log, or the log end offset; -1 if the epoch is unknown
 */
public record EpochEndOffset(int leaderEpoch, long endOffset) {

    /** The answer for an epoch that the log has never heard of. */
    public static final EpochEndOffset UNKNOWN = new EpochEndOffset(-1, -1);
}

package io.penstock.core.log;

/**
 * The offsets of a log at one moment. An operation takes one snapshot and keeps to it: offsets that were read one
 * after the other may contradict each other.
 *
 * @param logStartOffset the first offset that can be read
 * @param logEndOffset the offset that the next batch gets
 * @param highWatermark the first offset that consumers may not see
 * @param lastStableOffset the first offset that consumers of committed transactions may not see
 * @param leaderEpoch the epoch of the last leader that appended, -1 if none did
 */
public record LogSnapshot(
        long logStartOffset, long logEndOffset, long highWatermark, long lastStableOffset, int leaderEpoch) {

    LogSnapshot withEnd(long newLogEndOffset, int newLeaderEpoch) {
        long mark = Math.min(highWatermark, newLogEndOffset);
        return new LogSnapshot(logStartOffset, newLogEndOffset, mark, Math.min(lastStableOffset, mark), newLeaderEpoch);
    }

    LogSnapshot withStart(long newLogStartOffset) {
        return new LogSnapshot(newLogStartOffset, logEndOffset, highWatermark, lastStableOffset, leaderEpoch);
    }

    LogSnapshot withHighWatermark(long newHighWatermark) {
        return new LogSnapshot(logStartOffset, logEndOffset, newHighWatermark, newHighWatermark, leaderEpoch);
    }
}

package io.penstock.server.coordinator.group;

import java.util.Arrays;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An offset that was committed for a partition.
 *
 * @param topicId the id of the topic at the commit; null if nobody knew it
 * @param offset the next offset to read
 * @param leaderEpoch the epoch of the record before it, or -1
 * @param metadata what was committed with it
 * @param commitTimestampMs when, in milliseconds since the epoch
 * @param finished ranges of finished offsets beyond it, encoded; null for none
 */
record CommittedOffset(
        @Nullable UUID topicId,
        long offset,
        int leaderEpoch,
        String metadata,
        long commitTimestampMs,
        byte @Nullable [] finished) {

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CommittedOffset that
                && offset == that.offset
                && leaderEpoch == that.leaderEpoch
                && commitTimestampMs == that.commitTimestampMs
                && metadata.equals(that.metadata)
                && Objects.equals(topicId, that.topicId)
                && Arrays.equals(finished, that.finished);
    }

    @Override
    public int hashCode() {
        return Objects.hash(topicId, offset, leaderEpoch, metadata, commitTimestampMs, Arrays.hashCode(finished));
    }
}

package io.penstock.core.protocol;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Commits, fetches and deletes the offsets of a group; each partition has its own error. */
public final class GroupOffsets {

    /** The member id of a commit by nobody in the group. */
    public static final String NO_MEMBER = "";

    /** The member epoch of a commit by nobody in the group. */
    public static final int NO_EPOCH = -1;

    /** The offset of a partition for which nothing was committed. */
    public static final long NO_OFFSET = -1;

    /** The longest metadata, in characters. */
    public static final int MAX_METADATA_LENGTH = 4096;

    /** The most bytes of {@link Entry#finished()}. */
    public static final int MAX_FINISHED_BYTES = 65_536;

    private GroupOffsets() {}

    /**
     * @param memberId the member's id, or {@link #NO_MEMBER}: then the group must have no members
     * @param memberEpoch the member's epoch, or {@link #NO_EPOCH}
     * @param instanceId of a static member; absent for a dynamic one
     */
    public record Commit(
            int version,
            String group,
            String memberId,
            int memberEpoch,
            @Nullable String instanceId,
            List<Entry> offsets)
            implements Versioned {}

    /**
     * @param topic the topic's name
     * @param topicId the topic's id; absent if the client does not know it
     * @param offset the next offset to read, 0 or more
     * @param leaderEpoch the epoch of the record before it, or -1
     * @param metadata anything, at most {@value #MAX_METADATA_LENGTH} characters; absent for nothing
     * @param finished ranges of offsets beyond {@code offset} that are finished, at most
     *     {@value #MAX_FINISHED_BYTES} bytes; absent for none
     */
    public record Entry(
            String topic,
            @Nullable UUID topicId,
            int partition,
            long offset,
            int leaderEpoch,
            @Nullable String metadata,
            byte @Nullable [] finished) {}

    public record CommitResponse(List<CommitAnswer> answers) {}

    /** @param error the number of an error of the table, 0 for none */
    public record CommitAnswer(String topic, int partition, int error) {}

    /**
     * @param memberId the member's id, or {@link #NO_MEMBER}
     * @param memberEpoch the member's epoch, or {@link #NO_EPOCH}
     * @param partitions which; absent for all that have an offset
     * @param requireStable whether offsets that a transaction may change are refused; there are none yet
     */
    public record Fetch(
            int version,
            String group,
            String memberId,
            int memberEpoch,
            @Nullable List<TopicPartitionNames> partitions,
            boolean requireStable)
            implements Versioned {}

    /** Partitions of a topic by name. */
    public record TopicPartitionNames(String topic, List<Integer> partitions) {}

    public record FetchResponse(List<Committed> offsets) {}

    /**
     * @param topicId the id of the topic at the commit; absent if the client did not know it or nothing was committed
     * @param offset the next offset to read, or {@link #NO_OFFSET}
     * @param leaderEpoch the epoch of the record before it, or -1
     * @param metadata what was committed with it; empty for nothing
     * @param finished as in {@link Entry#finished()}
     * @param commitTimestamp when it was committed, in milliseconds since the epoch, or -1
     * @param error the number of an error of the table, 0 for none
     */
    public record Committed(
            String topic,
            @Nullable UUID topicId,
            int partition,
            long offset,
            int leaderEpoch,
            String metadata,
            byte @Nullable [] finished,
            long commitTimestamp,
            int error) {}

    /** Deletes offsets of topics that no member of the group reads. */
    public record Delete(int version, String group, List<TopicPartitionNames> partitions) implements Versioned {}

    public record DeleteResponse(List<CommitAnswer> answers) {}
}

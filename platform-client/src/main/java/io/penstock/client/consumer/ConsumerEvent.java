package io.penstock.client.consumer;

import io.penstock.core.model.TopicPartition;
import java.time.Duration;
import java.util.Set;

/** What happens to a consumer's partitions, and to the consumer in its group. */
public sealed interface ConsumerEvent {

    /** Of one partition. */
    sealed interface OfPartition extends ConsumerEvent {
        TopicPartition topicPartition();
    }

    /** Of a member of a group. */
    sealed interface OfGroup extends ConsumerEvent {
        String group();
    }

    /** The partition is read now; its position was resolved. */
    record Started(TopicPartition topicPartition, long offset) implements OfPartition {}

    /** A fetch stream was opened at a broker. */
    record Opened(TopicPartition topicPartition, int brokerId, long offset) implements OfPartition {}

    /** A fetch stream ended before its time, and is opened again at the offset, after the pause. */
    record Interrupted(TopicPartition topicPartition, long resumeOffset, Duration pause, String reason)
            implements OfPartition {}

    /**
     * An offset was not in the partition, and by the options it goes on at another, after what was received before.
     *
     * @param fromOffset the offset that was asked for and is not there
     * @param toOffset the offset that is asked for next
     */
    record Reset(TopicPartition topicPartition, long fromOffset, long toOffset) implements OfPartition {}

    /**
     * There was nothing to give out before an offset: records that compaction or the group's members have finished with,
     * or none at all. What was given out before came first; what comes next is at the offset or later.
     */
    record Passed(TopicPartition topicPartition, long nextOffset) implements OfPartition {}

    /**
     * The coordinator does not take a partition's offset, or the partition was lost while somebody waited for the commit and
     * the coordinator could not be reached. What was acknowledged may be given to the group again.
     */
    record CommitRefused(TopicPartition topicPartition, String reason) implements OfPartition {}

    /**
     * Nothing of the partition is given out until records that were given out before are acknowledged: there are as
     * many gaps as can be committed.
     *
     * @param offset the first record that is not acknowledged
     */
    record Held(TopicPartition topicPartition, long offset) implements OfPartition {}

    /**
     * A record was given out and not acknowledged within the progress deadline of the group's options. The subscription
     * ends with {@code PROGRESS_DEADLINE_EXCEEDED}; if a handler holds its thread for another deadline, the member leaves
     * its group, so that others go on, and the error follows when the thread is free.
     */
    record Stalled(TopicPartition topicPartition, long offset) implements OfPartition {}

    /**
     * Nothing of the partition is taken by {@link Consumer#orderedByKey} until a record of some key is finished: the key
     * of the next record has as many in flight as one key may have. Told once a batch.
     *
     * @param offset the next record
     */
    record KeyHeld(TopicPartition topicPartition, long offset) implements OfPartition {}

    /**
     * A record's handler failed, and is called again after the pause. Other records of its key wait.
     *
     * @param attempts how often it was called
     */
    record RecordRetried(TopicPartition topicPartition, long offset, int attempts, Duration pause, String reason)
            implements OfPartition {}

    /** A record failed for good, and was passed over as the options say. */
    record RecordSkipped(TopicPartition topicPartition, long offset, int attempts, String reason)
            implements OfPartition {}

    /** A record failed for good, and is in the other topic. */
    record DeadLettered(TopicPartition topicPartition, long offset, String deadLetterTopic, int attempts)
            implements OfPartition {}

    /** A record failed for good, could not be sent to the other topic, and is sent again after the pause. Others of its key wait. */
    record DeadLetterHeld(
            TopicPartition topicPartition, long offset, String deadLetterTopic, Duration pause, String reason)
            implements OfPartition {}

    /** The member is in its group at a coordinator, for the first time or again; what it owned before it still owns. */
    record Joined(String group, int brokerId, int memberEpoch) implements OfGroup {}

    /**
     * Partitions are the member's from now on.
     *
     * @param memberEpoch the group's generation that the member is in now; whoever has one of them later has a higher one
     */
    record Assigned(String group, int memberEpoch, Set<TopicPartition> partitions) implements OfGroup {}

    /**
     * Partitions are to be given up: nothing more of them is given out, and what was is waited for.
     *
     * @param unacknowledged how many records were given out and are not acknowledged
     * @param deadline how long is waited for them
     */
    record Revoking(String group, Set<TopicPartition> partitions, long unacknowledged, Duration deadline)
            implements OfGroup {}

    /**
     * A partition was given up.
     *
     * @param unacknowledged how many records were not acknowledged in time, and are given to the group again
     */
    record Revoked(String group, TopicPartition partition, long unacknowledged) implements OfGroup {}

    /** Partitions are others' by now: what was not committed is given to the group again. The member begins anew. */
    record Lost(String group, Set<TopicPartition> partitions, String reason) implements OfGroup {}

    /** Something that the member needs of its coordinator failed, and is tried again after the pause. */
    record Waiting(String group, Duration pause, String reason) implements OfGroup {}

    /** The member has left its group, or could not say so. */
    record Left(String group) implements OfGroup {}
}

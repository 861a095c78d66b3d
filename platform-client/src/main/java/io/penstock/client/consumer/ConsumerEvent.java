package io.penstock.client.consumer;

import io.penstock.core.model.TopicPartition;
import java.time.Duration;

/** What happens to a consumer's partitions. */
public sealed interface ConsumerEvent {

    TopicPartition topicPartition();

    /** The partition is read now; its position was resolved. */
    record Started(TopicPartition topicPartition, long offset) implements ConsumerEvent {}

    /** A fetch stream was opened at a broker. */
    record Opened(TopicPartition topicPartition, int brokerId, long offset) implements ConsumerEvent {}

    /** A fetch stream ended before its time, and is opened again at the offset, after the pause. */
    record Interrupted(TopicPartition topicPartition, long resumeOffset, Duration pause, String reason)
            implements ConsumerEvent {}

    /**
     * An offset was not in the partition, and by the options it goes on at another, after what was received before.
     *
     * @param fromOffset the offset that was asked for and is not there
     * @param toOffset the offset that is asked for next
     */
    record Reset(TopicPartition topicPartition, long fromOffset, long toOffset) implements ConsumerEvent {}
}

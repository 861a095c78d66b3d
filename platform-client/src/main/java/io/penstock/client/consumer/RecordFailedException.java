package io.penstock.client.consumer;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;

/**
 * A record could not be handled: {@code HANDLER_FAILED} with the handler's error as its cause, or
 * {@code SERIALIZATION_FAILED}. The record is not finished, and is given again to whoever reads on from there. If what the
 * options have to say to the failure threw, that is the cause, and the handler's error is suppressed.
 */
public final class RecordFailedException extends PenstockException {

    private final TopicPartition topicPartition;
    private final long offset;
    private final int attempts;

    RecordFailedException(TopicPartition topicPartition, long offset, int attempts, Throwable cause) {
        this(topicPartition, offset, attempts, message(topicPartition, offset, attempts, cause), cause);
    }

    private RecordFailedException(
            TopicPartition topicPartition, long offset, int attempts, String message, Throwable cause) {
        super(attempts == 0 ? ErrorCode.SERIALIZATION_FAILED : ErrorCode.HANDLER_FAILED, message, cause);
        this.topicPartition = topicPartition;
        this.offset = offset;
        this.attempts = attempts;
    }

    /** A record that failed, and the retry policy or the choice of a topic for dead letters threw. */
    static RecordFailedException undecided(
            TopicPartition topicPartition, long offset, int attempts, Throwable failure, Throwable thrown) {
        RecordFailedException undecided = new RecordFailedException(
                topicPartition,
                offset,
                attempts,
                message(topicPartition, offset, attempts, failure)
                        + "; and what the options have to say to that threw: " + thrown,
                thrown);
        if (failure != thrown) {
            undecided.addSuppressed(failure);
        }
        return undecided;
    }

    private static String message(TopicPartition partition, long offset, int attempts, Throwable cause) {
        String what = attempts == 0 ? "it can't be read" : "the handler failed, and was called " + attempts + " times";
        return partition + "@" + offset + ": " + what + ": " + cause;
    }

    public TopicPartition topicPartition() {
        return topicPartition;
    }

    public long offset() {
        return offset;
    }

    /** How often the handler was called; 0 if the record could not be deserialized. */
    public int attempts() {
        return attempts;
    }
}

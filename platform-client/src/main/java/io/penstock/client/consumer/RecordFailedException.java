package io.penstock.client.consumer;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;

/**
 * A record could not be handled: {@code HANDLER_FAILED} with the handler's error as its cause, or
 * {@code SERIALIZATION_FAILED}. The record is not finished, and is given again to whoever reads on from there.
 */
public final class RecordFailedException extends PenstockException {

    private final TopicPartition topicPartition;
    private final long offset;
    private final int attempts;

    RecordFailedException(TopicPartition topicPartition, long offset, int attempts, Throwable cause) {
        super(
                attempts == 0 ? ErrorCode.SERIALIZATION_FAILED : ErrorCode.HANDLER_FAILED,
                message(topicPartition, offset, attempts, cause),
                cause);
        this.topicPartition = topicPartition;
        this.offset = offset;
        this.attempts = attempts;
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

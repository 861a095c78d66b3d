package io.penstock.client.producer;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Outcome;
import org.jspecify.annotations.Nullable;

/** A record did not get where it should, or nobody knows. */
public final class SendException extends PenstockException {

    private final Outcome outcome;
    private final String topic;
    private final int partition;

    public SendException(
            ErrorCode code, Outcome outcome, String topic, int partition, String message, @Nullable Throwable cause) {
        super(code, withPlace(partition < 0 ? topic : topic + "-" + partition, message), cause);
        this.outcome = outcome;
        this.topic = topic;
        this.partition = partition;
    }

    /** A broker's message may begin with the place already. */
    private static String withPlace(String place, String message) {
        String prefix = place + ": ";
        return message.startsWith(prefix) ? message : prefix + message;
    }

    /** Whether the record is surely not in the log, or may be. */
    public Outcome outcome() {
        return outcome;
    }

    /** The topic that the record was for. */
    public String topic() {
        return topic;
    }

    /** The partition that the record was for, or -1 if none had been chosen. */
    public int partition() {
        return partition;
    }
}

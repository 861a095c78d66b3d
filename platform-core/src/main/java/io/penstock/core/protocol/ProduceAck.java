package io.penstock.core.protocol;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;

/**
 * The answer to one batch. With {@code acks=0} only refusals are answered.
 *
 * @param correlation of the batch
 * @param outcome what is known of the batch
 * @param guarantee what stands behind it; {@link Guarantee#NONE} unless it is committed
 * @param error why it was refused, {@link ErrorCode#NONE} if it was not
 * @param baseOffset the offset of its first record, or -1
 * @param appendTimeMs the broker's time in milliseconds if the topic has log-append time, else -1
 * @param logStartOffset the partition's, or -1
 * @param recordIndex the record that was refused, counted in the batch from 0, or -1
 * @param message why, in words; empty without an error
 */
public record ProduceAck(
        int correlation,
        Outcome outcome,
        Guarantee guarantee,
        ErrorCode error,
        long baseOffset,
        long appendTimeMs,
        long logStartOffset,
        int recordIndex,
        String message) {

    /** The answer to a batch that is in the log. */
    public static ProduceAck committed(
            int correlation, Guarantee guarantee, long baseOffset, long appendTimeMs, long logStartOffset) {
        return new ProduceAck(
                correlation,
                Outcome.COMMITTED,
                guarantee,
                ErrorCode.NONE,
                baseOffset,
                appendTimeMs,
                logStartOffset,
                -1,
                "");
    }

    /** The answer to a batch that failed. */
    public static ProduceAck failed(int correlation, Outcome outcome, ErrorCode error, String message) {
        return new ProduceAck(correlation, outcome, Guarantee.NONE, error, -1, -1, -1, -1, message);
    }
}

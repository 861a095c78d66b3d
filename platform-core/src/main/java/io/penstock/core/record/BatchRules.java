package io.penstock.core.record;

import io.penstock.core.model.TimestampType;
import java.util.Objects;

/**
 * What a topic asks of the batches that clients send to it.
 *
 * @param maxMessageBytes {@code max.message.bytes}: the largest batch with its header, the 12 bytes of base offset and
 *     length included; more than {@code limits.maxBatchBytes()} has no effect
 * @param timestampType {@code message.timestamp.type}
 * @param timestampBeforeMaxMs {@code message.timestamp.before.max.ms}: how far a record's time may lie in the past
 * @param timestampAfterMaxMs {@code message.timestamp.after.max.ms}: how far it may lie in the future
 * @param keyRequired whether every record must have a key, as on compacted topics
 * @param limits what the broker is willing to hold in memory
 */
public record BatchRules(
        int maxMessageBytes,
        TimestampType timestampType,
        long timestampBeforeMaxMs,
        long timestampAfterMaxMs,
        boolean keyRequired,
        BatchLimits limits) {

    /** Kafka's defaults: 1,048,588 bytes, the producer's time, any past, at most an hour of future, keys optional. */
    public static final BatchRules DEFAULTS = new BatchRules(
            1_048_588, TimestampType.CREATE_TIME, Long.MAX_VALUE, 3_600_000, false, BatchLimits.DEFAULTS);

    public BatchRules {
        Objects.requireNonNull(timestampType, "timestampType");
        Objects.requireNonNull(limits, "limits");
        if (maxMessageBytes < 0 || timestampBeforeMaxMs < 0 || timestampAfterMaxMs < 0) {
            throw new IllegalArgumentException("max.message.bytes, message.timestamp.before.max.ms and "
                    + "message.timestamp.after.max.ms must be 0 or more, were " + maxMessageBytes + ", "
                    + timestampBeforeMaxMs + ", " + timestampAfterMaxMs);
        }
    }
}

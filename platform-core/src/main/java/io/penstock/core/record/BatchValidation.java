package io.penstock.core.record;

import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TimestampType;
import io.penstock.core.record.CorruptBatchException.Reason;

/**
 * The broker's check of a batch that a client sent, before it is appended: header, CRC, every record, and the topic's
 * rules. Bytes and rules in, verdict out; the batch is not changed.
 *
 * <p>Keeps a cursor for the next batch, and allocates nothing per record. A compressed batch is decompressed for the
 * time of the check. Not thread-safe: one for each thread that appends.
 */
public final class BatchValidation {

    private final ByteBufAllocator allocator;
    private BatchLimits limits = BatchLimits.DEFAULTS;
    private RecordCursor cursor;

    public BatchValidation(ByteBufAllocator allocator) {
        this.allocator = allocator;
        this.cursor = new RecordCursor(allocator, limits);
    }

    /**
     * Checks a batch.
     *
     * @param nowMs the broker's time in ms since 1970
     * @throws CorruptBatchException if the bytes are not a batch, {@code CORRUPT_MESSAGE}, {@code MESSAGE_TOO_LARGE} or
     *     {@code UNSUPPORTED_COMPRESSION_TYPE}
     * @throws PenstockException {@code MESSAGE_TOO_LARGE}, {@code INVALID_TIMESTAMP} or {@code INVALID_RECORD} if it
     *     is one, but breaks a rule; the message names the rule and, where there is one, the record
     */
    public ValidBatch validate(RecordBatch batch, BatchRules rules, long nowMs) {
        batch.ensureFits(rules.limits());
        if (batch.sizeInBytes() > rules.maxMessageBytes()) {
            throw refused(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "a batch of " + batch.sizeInBytes() + " bytes; max.message.bytes is " + rules.maxMessageBytes());
        }
        batch.ensureValid(rules.limits());
        checkHeader(batch);
        return walk(batch, rules, nowMs);
    }

    private static void checkHeader(RecordBatch batch) {
        if (batch.recordCount() == 0 || batch.recordCount() != batch.lastOffsetDelta() + 1L) {
            throw refused(
                    ErrorCode.INVALID_RECORD,
                    batch.recordCount() + " records with a last offset delta of " + batch.lastOffsetDelta()
                            + "; a batch has at least one, and no gaps");
        }
        if (batch.isControl()) {
            throw refused(ErrorCode.INVALID_RECORD, "a control batch, which only brokers write");
        }
        if (batch.hasDeleteHorizon()) {
            throw refused(ErrorCode.INVALID_RECORD, "a batch with a delete horizon, which only brokers set");
        }
        if (batch.timestampType() == TimestampType.LOG_APPEND_TIME) {
            throw refused(ErrorCode.INVALID_TIMESTAMP, "a batch with append time, which only brokers set");
        }
        checkProducer(batch);
    }

    private static void checkProducer(RecordBatch batch) {
        boolean hasProducer = batch.producerId() != RecordBatch.NO_PRODUCER_ID;
        if (batch.isTransactional() && !hasProducer) {
            throw refused(ErrorCode.INVALID_RECORD, "a transactional batch without a producer id");
        }
        if (hasProducer && (batch.producerId() < 0 || batch.producerEpoch() < 0 || batch.baseSequence() < 0)) {
            throw refused(
                    ErrorCode.INVALID_RECORD,
                    "producer id " + batch.producerId() + " with epoch " + batch.producerEpoch() + " and sequence "
                            + batch.baseSequence() + "; none may be negative");
        }
    }

    private ValidBatch walk(RecordBatch batch, BatchRules rules, long nowMs) {
        RecordCursor records = cursorWithin(rules.limits());
        try {
            records.open(batch.buffer(), batch.index());
            ValidBatch valid = walk(records, rules, nowMs);
            return rules.timestampType() == TimestampType.LOG_APPEND_TIME ? new ValidBatch(nowMs, 0) : valid;
        } catch (CorruptBatchException e) {
            // the CRC is right: the client sent it like that, and would send it again
            throw e.reason() == Reason.BAD_RECORD ? refused(ErrorCode.INVALID_RECORD, e.getMessage()) : e;
        } finally {
            records.close();
        }
    }

    private static ValidBatch walk(RecordCursor records, BatchRules rules, long nowMs) {
        long maxTimestamp = RecordBatch.NO_TIMESTAMP;
        int offsetDeltaOfMax = -1;
        boolean checkTime = rules.timestampType() == TimestampType.CREATE_TIME;
        while (records.next()) {
            records.ensureHeadersFit();
            if (rules.keyRequired() && records.keyLength() < 0) {
                throw refused(
                        ErrorCode.INVALID_RECORD,
                        "record " + records.offsetDelta() + ": no key, which a compacted topic requires");
            }
            if (checkTime) {
                checkTimestamp(records, rules, nowMs);
            }
            if (records.timestamp() > maxTimestamp) {
                maxTimestamp = records.timestamp();
                offsetDeltaOfMax = records.offsetDelta();
            }
        }
        return new ValidBatch(maxTimestamp, offsetDeltaOfMax);
    }

    private static void checkTimestamp(RecordCursor records, BatchRules rules, long nowMs) {
        long timestamp = records.timestamp();
        if (timestamp == RecordBatch.NO_TIMESTAMP) {
            return;
        }
        if (timestamp < 0) {
            throw badTimestamp(records, "negative");
        }
        if (nowMs - timestamp > rules.timestampBeforeMaxMs()) {
            throw badTimestamp(
                    records,
                    "more than message.timestamp.before.max.ms = " + rules.timestampBeforeMaxMs()
                            + " before the broker's " + nowMs);
        }
        if (timestamp - nowMs > rules.timestampAfterMaxMs()) {
            throw badTimestamp(
                    records,
                    "more than message.timestamp.after.max.ms = " + rules.timestampAfterMaxMs() + " after the broker's "
                            + nowMs);
        }
    }

    private static PenstockException badTimestamp(RecordCursor records, String why) {
        return refused(
                ErrorCode.INVALID_TIMESTAMP,
                "record " + records.offsetDelta() + ": timestamp " + records.timestamp() + " is " + why);
    }

    private static PenstockException refused(ErrorCode code, String what) {
        return new PenstockException(code, what);
    }

    private RecordCursor cursorWithin(BatchLimits wanted) {
        if (!wanted.equals(limits)) {
            limits = wanted;
            cursor = new RecordCursor(allocator, wanted);
        }
        return cursor;
    }
}

package io.penstock.server.storage;

import io.netty.buffer.ByteBuf;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.producer.SequenceCheck;
import io.penstock.core.log.producer.SequenceVerdict;
import io.penstock.core.model.TimestampType;
import io.penstock.core.record.BatchRules;
import io.penstock.core.record.BatchValidation;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.ValidBatch;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks the batches of one turn, in order: that the producer means this leader, that the bytes are one valid batch, the
 * rules of the topic, and the sequence of an idempotent producer. Gathers those that are to be appended.
 */
final class AppendCheck {

    private final Partition partition;
    private final BatchValidation validation;
    private final BatchRules rules;
    private final SequenceCheck sequences;
    private final long nowMs;
    private final List<ByteBuf> accepted = new ArrayList<>();

    AppendCheck(
            Partition partition, BatchValidation validation, BatchRules rules, SequenceCheck sequences, long nowMs) {
        this.partition = partition;
        this.validation = validation;
        this.rules = rules;
        this.sequences = sequences;
        this.nowMs = nowMs;
    }

    /** The batches that are to be appended, in order; still their owners'. */
    List<ByteBuf> accepted() {
        return accepted;
    }

    AppendVerdict check(PendingAppend append) {
        try {
            partition.ensureEpoch(append.leaderEpoch());
            RecordBatch batch = validate(append.batch());
            SequenceVerdict verdict = sequences.judge(batch);
            if (verdict instanceof SequenceVerdict.Duplicate duplicate) {
                return new AppendVerdict.Repeated(duplicate.original());
            }
            if (verdict instanceof SequenceVerdict.DuplicateOfNew duplicate) {
                return new AppendVerdict.Accepted(duplicate.index());
            }
            if (verdict instanceof SequenceVerdict.Refused refused) {
                return new AppendVerdict.Refused(new PenstockException(refused.code(), refused.why()));
            }
            accepted.add(append.batch());
            return new AppendVerdict.Accepted(accepted.size() - 1);
        } catch (RuntimeException e) {
            return new AppendVerdict.Refused(e);
        }
    }

    private RecordBatch validate(ByteBuf bytes) {
        RecordBatch batch = RecordBatch.at(bytes, bytes.readerIndex());
        ValidBatch valid = validation.validate(batch, rules, nowMs);
        if (batch.sizeInBytes() != bytes.readableBytes()) {
            throw new PenstockException(
                    ErrorCode.INVALID_RECORD,
                    (bytes.readableBytes() - batch.sizeInBytes())
                            + " bytes follow the batch; an element has exactly one");
        }
        if (rules.timestampType() == TimestampType.CREATE_TIME && valid.maxTimestamp() != batch.maxTimestamp()) {
            batch.setMaxTimestamp(valid.maxTimestamp());
        }
        return batch;
    }
}

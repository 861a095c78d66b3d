package io.penstock.core.log.producer;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.record.RecordBatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Judges the batches that are to be appended together, each as if the new ones before it were in the log already; the states
 * themselves stay as they are, so that an append that fails leaves nothing behind. As Kafka's broker does, but for one
 * thing: a batch from before the window is told from one that comes too early.
 *
 * <p>A batch must carry on where the last one of its producer ended. A new epoch begins with sequence 0. A producer of which
 * nothing is known may begin anywhere: what it sent before may have been deleted with its records. For one check, by
 * one thread.
 */
public final class SequenceCheck {

    /** A batch that was judged new. */
    private record Accepted(int firstSequence, int lastSequence, int index) {}

    /** What the new batches of one producer change. */
    private static final class Pending {
        private short epoch;
        private final List<Accepted> batches = new ArrayList<>(2);

        int lastSequence() {
            return batches.get(batches.size() - 1).lastSequence;
        }
    }

    private final ProducerStates states;
    private final Map<Long, Pending> pending = new HashMap<>();
    private int accepted;

    SequenceCheck(ProducerStates states) {
        this.states = states;
    }

    /**
     * Judges the next batch.
     *
     * @param batch valid, and no control batch
     */
    public SequenceVerdict judge(RecordBatch batch) {
        if (batch.producerId() == RecordBatch.NO_PRODUCER_ID) {
            accepted++;
            return SequenceVerdict.NEW;
        }
        Pending before = pending.get(batch.producerId());
        ProducerState state = states.get(batch.producerId());
        SequenceVerdict verdict = before == null ? judge(batch, state) : judge(batch, before, state);
        if (verdict == SequenceVerdict.NEW) {
            accept(batch, before);
        }
        return verdict;
    }

    private void accept(RecordBatch batch, @Nullable Pending before) {
        Pending producer = before;
        if (producer == null) {
            producer = new Pending();
            pending.put(batch.producerId(), producer);
        }
        if (producer.epoch != batch.producerEpoch()) {
            producer.epoch = batch.producerEpoch();
            producer.batches.clear();
        }
        producer.batches.add(new Accepted(batch.baseSequence(), lastSequence(batch), accepted));
        accepted++;
    }

    private static SequenceVerdict judge(RecordBatch batch, @Nullable ProducerState state) {
        if (state == null) {
            return SequenceVerdict.NEW;
        }
        if (batch.producerEpoch() != state.epoch()) {
            return judgeEpoch(batch, state.epoch());
        }
        return judge(batch, state, state.lastSequence());
    }

    private static SequenceVerdict judge(RecordBatch batch, Pending before, @Nullable ProducerState state) {
        if (batch.producerEpoch() != before.epoch) {
            return judgeEpoch(batch, before.epoch);
        }
        for (Accepted earlier : before.batches) {
            if (earlier.firstSequence == batch.baseSequence() && earlier.lastSequence == lastSequence(batch)) {
                return new SequenceVerdict.DuplicateOfNew(earlier.index);
            }
        }
        ProducerState sameEpoch = state == null || state.epoch() != before.epoch ? null : state;
        return judge(batch, sameEpoch, before.lastSequence());
    }

    private static SequenceVerdict judgeEpoch(RecordBatch batch, short epoch) {
        if (batch.producerEpoch() < epoch) {
            return new SequenceVerdict.Refused(
                    ErrorCode.INVALID_PRODUCER_EPOCH,
                    "producer " + batch.producerId() + " is at epoch " + epoch + ", the batch is of epoch "
                            + batch.producerEpoch());
        }
        return batch.baseSequence() == 0
                ? SequenceVerdict.NEW
                : outOfOrder(batch, "its epoch begins with it, and with sequence 0 only");
    }

    private static SequenceVerdict judge(RecordBatch batch, @Nullable ProducerState state, int last) {
        int expected = last == RecordBatch.NO_SEQUENCE ? 0 : Sequences.plus(last, 1);
        if (batch.baseSequence() == expected) {
            return SequenceVerdict.NEW;
        }
        SequencedBatch original = state == null ? null : state.find(batch.baseSequence(), lastSequence(batch));
        if (original != null) {
            return new SequenceVerdict.Duplicate(original);
        }
        if (state != null
                && state.lastSequence() != RecordBatch.NO_SEQUENCE
                && Sequences.isBefore(lastSequence(batch), state.oldestSequence())) {
            return new SequenceVerdict.Refused(
                    ErrorCode.DUPLICATE_SEQUENCE_NUMBER,
                    describe(batch) + " was appended before; the last one is " + last);
        }
        return outOfOrder(batch, expected + " comes next");
    }

    private static SequenceVerdict outOfOrder(RecordBatch batch, String why) {
        return new SequenceVerdict.Refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, describe(batch) + ": " + why);
    }

    private static String describe(RecordBatch batch) {
        return "sequence " + batch.baseSequence() + " to " + lastSequence(batch) + " of producer " + batch.producerId()
                + ", epoch " + batch.producerEpoch();
    }

    private static int lastSequence(RecordBatch batch) {
        return Sequences.plus(batch.baseSequence(), batch.lastOffsetDelta());
    }
}

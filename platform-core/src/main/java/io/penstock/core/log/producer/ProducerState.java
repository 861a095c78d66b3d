package io.penstock.core.log.producer;

import io.penstock.core.record.RecordBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One producer: three words for each of its last batches in one array, since a log may know many of them. */
final class ProducerState {

    private static final int NONE = -1;
    private static final int WORDS = 3;

    private short epoch;
    private int coordinatorEpoch = NONE;
    private long transactionStart = NONE;
    private long lastTimeMs;

    /** Of each batch, the oldest first: last offset, append time, last sequence in the upper and offset delta in the lower half. */
    private long[] batches = {};

    ProducerState(short epoch) {
        this.epoch = epoch;
    }

    static ProducerState of(ProducerEntry entry) {
        ProducerState state = new ProducerState(entry.epoch());
        state.coordinatorEpoch = entry.coordinatorEpoch();
        state.transactionStart = entry.transactionStart();
        for (SequencedBatch batch : entry.batches()) {
            state.add(
                    batch.lastSequence(),
                    Math.toIntExact(batch.lastOffset() - batch.baseOffset()),
                    batch.lastOffset(),
                    batch.appendTimeMs());
        }
        state.lastTimeMs = entry.lastTimeMs();
        return state;
    }

    ProducerEntry entry(long producerId) {
        List<SequencedBatch> all = new ArrayList<>(size());
        for (int i = 0; i < size(); i++) {
            all.add(batch(i));
        }
        return new ProducerEntry(producerId, epoch, coordinatorEpoch, transactionStart, lastTimeMs, all);
    }

    short epoch() {
        return epoch;
    }

    long lastTimeMs() {
        return lastTimeMs;
    }

    boolean hasTransaction() {
        return transactionStart != NONE;
    }

    /** How many batches are remembered. */
    private int size() {
        return batches.length / WORDS;
    }

    private SequencedBatch batch(int i) {
        long lastOffset = batches[i * WORDS];
        int delta = (int) batches[i * WORDS + 2];
        int lastSequence = lastSequence(i);
        return new SequencedBatch(
                Sequences.minus(lastSequence, delta),
                lastSequence,
                lastOffset - delta,
                lastOffset,
                batches[i * WORDS + 1]);
    }

    private int lastSequence(int i) {
        return (int) (batches[i * WORDS + 2] >>> Integer.SIZE);
    }

    /** The sequence of its last record, {@link RecordBatch#NO_SEQUENCE} if no batch of its epoch is known. */
    int lastSequence() {
        return size() == 0 ? RecordBatch.NO_SEQUENCE : lastSequence(size() - 1);
    }

    /** The first sequence of the oldest batch that is remembered; there must be one. */
    int oldestSequence() {
        return batch(0).firstSequence();
    }

    @Nullable
    SequencedBatch find(int firstSequence, int lastSequence) {
        for (int i = size() - 1; i >= 0; i--) {
            if (lastSequence(i) == lastSequence && batch(i).firstSequence() == firstSequence) {
                return batch(i);
            }
        }
        return null;
    }

    /** Takes up a batch that was appended. */
    void append(RecordBatch batch, long timeMs) {
        if (batch.producerEpoch() != epoch) {
            epoch = batch.producerEpoch();
            batches = new long[0];
        }
        if (batch.isControl()) {
            transactionStart = NONE;
            lastTimeMs = timeMs;
            return;
        }
        if (batch.isTransactional() && transactionStart == NONE) {
            transactionStart = batch.baseOffset();
        }
        int delta = batch.lastOffsetDelta();
        add(Sequences.plus(batch.baseSequence(), delta), delta, batch.lastOffset(), timeMs);
    }

    /** Forgets the oldest batches. */
    void forgetAllBut(int newest) {
        if (size() > newest) {
            batches = Arrays.copyOfRange(batches, batches.length - newest * WORDS, batches.length);
        }
    }

    private void add(int lastSequence, int delta, long lastOffset, long timeMs) {
        if (size() < ProducerStates.WINDOW) {
            batches = Arrays.copyOf(batches, batches.length + WORDS);
        } else {
            System.arraycopy(batches, WORDS, batches, 0, batches.length - WORDS);
        }
        int at = batches.length - WORDS;
        batches[at] = lastOffset;
        batches[at + 1] = timeMs;
        batches[at + 2] = (long) lastSequence << Integer.SIZE | delta;
        lastTimeMs = timeMs;
    }
}

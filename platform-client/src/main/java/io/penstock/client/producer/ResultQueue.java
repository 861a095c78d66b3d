package io.penstock.client.producer;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The results that a stream still owes, in the order of the records: which batch, which place in it. One thread at a
 * time adds and publishes, one takes. Records that follow each other in a batch, with the same time and nothing to find in
 * their results, are one entry; entries live in chunks of arrays, so that a record costs no object.
 */
final class ResultQueue {

    private static final int CHUNK = 256;

    private static final class Chunk {
        final @Nullable Settleable[] batches = new Settleable[CHUNK];
        final int[] firstIndices = new int[CHUNK];
        final int[] counts = new int[CHUNK];
        final long[] timestamps = new long[CHUNK];
        final @Nullable Object[] correlations = new Object[CHUNK];

        @Nullable
        Chunk next;

        void begin(int slot, Settleable batch, int index, long timestamp, @Nullable Object correlation) {
            batches[slot] = batch;
            firstIndices[slot] = index;
            counts[slot] = 1;
            timestamps[slot] = timestamp;
            correlations[slot] = correlation;
        }

        boolean isContinuedBy(int slot, Settleable batch, int index, long timestamp) {
            return batches[slot] == batch
                    && firstIndices[slot] + counts[slot] == index
                    && timestamps[slot] == timestamp
                    && correlations[slot] == null;
        }
    }

    private final AtomicLong published = new AtomicLong();
    private final AtomicLong taken = new AtomicLong();

    // who adds
    private Chunk tail = new Chunk();
    private int tailSlot = -1;
    private long added;

    // who takes
    private Chunk head = tail;
    private int headSlot;
    private int takenOfHead;

    /** Adds one, which is not to be seen before it is published. */
    void add(Settleable batch, int index, long timestamp, @Nullable Object correlation) {
        if (correlation == null && tailSlot >= 0 && tail.isContinuedBy(tailSlot, batch, index, timestamp)) {
            tail.counts[tailSlot]++;
        } else {
            if (++tailSlot == CHUNK) {
                Chunk next = new Chunk();
                tail.next = next;
                tail = next;
                tailSlot = 0;
            }
            tail.begin(tailSlot, batch, index, timestamp, correlation);
        }
        added++;
    }

    /** Shows what was added to the thread that takes; a full fence, because whoever adds looks at the batch next. */
    void publish() {
        if (published.get() != added) {
            published.set(added);
        }
    }

    boolean isEmpty() {
        return published.get() == taken.get();
    }

    /** How many results are owed, of those that were published. */
    long size() {
        return published.get() - taken.get();
    }

    /** Whether there is a first one and its batch is answered. */
    boolean isHeadAnswered() {
        return !isEmpty() && headBatch().isAnswered();
    }

    /** The result of the first one, whose batch is answered; it leaves the queue. */
    SendResult take() {
        if (isEmpty()) {
            throw new IllegalStateException("there is no first one");
        }
        Settleable batch = headBatch();
        SendResult result = batch.result(
                head.firstIndices[headSlot] + takenOfHead, head.timestamps[headSlot], head.correlations[headSlot]);
        takenOfHead++;
        taken.lazySet(taken.get() + 1);
        return result;
    }

    /**
     * The batch of the first one, which is there: in the entry that was taken from last, or, if nothing is left of that,
     * in the next. An entry is let go only then, since it may have grown until another one was begun.
     */
    private Settleable headBatch() {
        if (takenOfHead == head.counts[headSlot]) {
            head.batches[headSlot] = null;
            head.correlations[headSlot] = null;
            takenOfHead = 0;
            Chunk next = head.next;
            if (++headSlot == CHUNK && next != null) {
                head = next;
                headSlot = 0;
            }
        }
        Settleable batch = head.batches[headSlot];
        if (batch == null) {
            throw new IllegalStateException("there is no first one");
        }
        return batch;
    }
}

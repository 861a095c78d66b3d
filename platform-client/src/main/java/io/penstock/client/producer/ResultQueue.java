package io.penstock.client.producer;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The results that a stream still owes, in the order of the records: which batch, which place in it. One thread at a
 * time adds, one takes. Entries live in chunks of arrays, so that a record costs no object.
 */
final class ResultQueue {

    private static final int CHUNK = 512;

    private static final class Chunk {
        final @Nullable Settleable[] batches = new Settleable[CHUNK];
        final int[] indices = new int[CHUNK];
        final long[] timestamps = new long[CHUNK];
        final @Nullable Object[] correlations = new Object[CHUNK];

        @Nullable
        Chunk next;
    }

    private final AtomicLong added = new AtomicLong();
    private final AtomicLong taken = new AtomicLong();
    private Chunk tail = new Chunk();
    private Chunk head = tail;
    private long headNumber;

    void add(Settleable batch, int index, long timestamp, @Nullable Object correlation) {
        long position = added.get();
        int slot = (int) (position % CHUNK);
        if (slot == 0 && position > 0) {
            Chunk next = new Chunk();
            tail.next = next;
            tail = next;
        }
        tail.batches[slot] = batch;
        tail.indices[slot] = index;
        tail.timestamps[slot] = timestamp;
        tail.correlations[slot] = correlation;
        // publishes the slot to the thread that takes; a full fence, because whoever adds looks at the batch next
        added.set(position + 1);
    }

    boolean isEmpty() {
        return added.get() == taken.get();
    }

    /** How many results are owed. */
    long size() {
        return added.get() - taken.get();
    }

    /** Whether there is a first entry and its batch is answered. */
    boolean isHeadAnswered() {
        if (isEmpty()) {
            return false;
        }
        Settleable batch = headChunk().batches[(int) (taken.get() % CHUNK)];
        return batch != null && batch.isAnswered();
    }

    /** The result of the first entry, whose batch is answered; it leaves the queue. */
    SendResult take() {
        Chunk chunk = headChunk();
        int slot = (int) (taken.get() % CHUNK);
        Settleable batch = chunk.batches[slot];
        if (batch == null) {
            throw new IllegalStateException("there is no first entry");
        }
        SendResult result = batch.result(chunk.indices[slot], chunk.timestamps[slot], chunk.correlations[slot]);
        chunk.batches[slot] = null;
        chunk.correlations[slot] = null;
        taken.lazySet(taken.get() + 1);
        return result;
    }

    private Chunk headChunk() {
        long position = taken.get();
        Chunk next = head.next;
        if (position / CHUNK > headNumber && next != null) {
            head = next;
            headNumber++;
        }
        return head;
    }
}

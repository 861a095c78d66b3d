package io.penstock.client.producer;

import io.netty.buffer.ByteBuf;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Outcome;
import io.penstock.core.record.RecordHeaders;
import java.util.ArrayDeque;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one partition that are not handed over yet: one that is open, and before it those that are closed, in
 * order. Its lock is held for a copy of a record at most; batches are built without it.
 */
final class PartitionQueue {

    /** The answer to a sticky record that found its batch full. */
    static final int SWITCH = -1;

    private static final int SMALLEST_BATCH = 4 << 10;

    private final ProducerTopic topic;
    private final UUID topicId;
    private final int partition;
    private final Accumulator accumulator;
    private final ArrayDeque<ProducerBatch> closed = new ArrayDeque<>();
    private final AtomicBoolean queued = new AtomicBoolean();

    private @Nullable ProducerBatch open;
    private int lastElementBytes;
    private volatile int leader = -1;
    private volatile int leaderEpoch = -1;
    private volatile @Nullable Lane lane;

    PartitionQueue(ProducerTopic topic, UUID topicId, int partition, Accumulator accumulator) {
        this.topic = topic;
        this.topicId = topicId;
        this.partition = partition;
        this.accumulator = accumulator;
    }

    ProducerTopic topic() {
        return topic;
    }

    UUID topicId() {
        return topicId;
    }

    int partition() {
        return partition;
    }

    int leaderEpoch() {
        return leaderEpoch;
    }

    int leader() {
        return leader;
    }

    @Nullable
    Lane lane() {
        return lane;
    }

    /** Who takes the batches from now on; null while nobody leads. */
    void follow(int newLeader, int newLeaderEpoch, @Nullable Lane newLane) {
        Lane before = lane;
        leader = newLeader;
        leaderEpoch = newLeaderEpoch;
        lane = newLane;
        if (before != null && before != newLane) {
            before.leave(this); // it may wait for ever for a broker that is down
        }
        if (newLane != null) {
            newLane.wake(this);
        }
    }

    /**
     * Appends a record whose key and value lie at the beginning of the source, to the open batch or to a new one.
     *
     * @param sticky whether the record may as well go to another partition, which it should when a batch is full
     * @return 0 if it was appended, and then the placement says where; {@link #SWITCH} if another partition should
     *     have it; else how many bytes must be claimed from the memory first
     */
    int append(
            long timestamp,
            ByteBuf source,
            int keyLength,
            int valueLength,
            RecordHeaders headers,
            boolean sticky,
            BatchOwner owner,
            Placement placement) {
        ProducerBatch full = null;
        ProducerBatch batch;
        int outcome = 0;
        synchronized (this) {
            batch = open;
            if (batch != null && !makeRoom(batch, keyLength, valueLength, headers)) {
                full = closeOpen();
                batch = null;
                outcome = sticky ? SWITCH : 0;
            }
            if (batch == null && outcome == 0) {
                int capacity = firstCapacity(keyLength, valueLength, headers);
                if (placement.useClaim(capacity) || accumulator.memory().tryReserve(capacity)) {
                    batch = accumulator.open(this, capacity);
                    open = batch;
                    // at once: whoever closes what is open must find it, and so must its deadlines if it stays empty
                    accumulator.onOpened(batch, this);
                } else {
                    outcome = capacity;
                }
            }
            if (batch != null) {
                placement.set(batch, batch.append(timestamp, source, keyLength, valueLength, headers, owner));
            }
        }
        if (full != null) {
            finish(full);
        }
        if (batch != null && placement.index() + 1 >= accumulator.batching().maxRecords()) {
            close(batch);
        }
        return outcome;
    }

    /** Builds a batch that was just closed, and tells the lane. */
    private void finish(ProducerBatch batch) {
        topic.onBatchClosed(partition);
        batch.build();
        Lane current = lane;
        if (current != null) {
            current.wake(this);
        }
    }

    private @Nullable ProducerBatch closeOpen() {
        ProducerBatch batch = open;
        if (batch != null) {
            batch.close();
            lastElementBytes = batch.elementSizeWith(0, 0, RecordHeaders.EMPTY);
            closed.add(batch);
            open = null;
        }
        return batch;
    }

    /** Whether the record fits the batch, which may have to grow for it. */
    private boolean makeRoom(ProducerBatch batch, int keyLength, int valueLength, RecordHeaders headers) {
        int size = batch.elementSizeWith(keyLength, valueLength, headers);
        if (size <= batch.capacity()) {
            return size <= accumulator.batching().maxBytes();
        }
        if (size > accumulator.batching().maxBytes()) {
            return false;
        }
        int grown = powerOfTwo(size);
        if (!accumulator.memory().tryReserve(grown - batch.capacity())) {
            return false;
        }
        batch.grow(grown);
        return true;
    }

    /** As large as the last batch was, so that batches of a steady stream are allocated once. */
    private int firstCapacity(int keyLength, int valueLength, RecordHeaders headers) {
        int least = powerOfTwo((int) ProducerBatch.elementSizeOfOne(keyLength, valueLength, headers));
        int usual = Math.min(
                powerOfTwo(lastElementBytes), powerOfTwo(accumulator.batching().maxBytes()));
        return Math.max(least, Math.max(SMALLEST_BATCH, usual));
    }

    private static int powerOfTwo(int atLeast) {
        return atLeast <= 1 ? 1 : Integer.highestOneBit(atLeast - 1) << 1;
    }

    /** Closes a batch if it is still the open one. */
    void close(ProducerBatch batch) {
        synchronized (this) {
            if (open != batch) {
                return;
            }
            closeOpen();
        }
        finish(batch);
    }

    /** The next batch to be handed over, if it is built; those that were answered meanwhile are dropped. */
    synchronized @Nullable ProducerBatch pollBuilt() {
        ProducerBatch head = closed.peek();
        while (head != null && head.isAnswered()) {
            closed.poll();
            head = closed.peek();
        }
        if (head == null || !head.isBuilt()) {
            return null;
        }
        return closed.poll();
    }

    synchronized boolean hasBuilt() {
        for (ProducerBatch batch : closed) {
            if (!batch.isAnswered()) {
                return batch.isBuilt();
            }
        }
        return false;
    }

    /** Fails all closed batches, none of which was handed over. */
    void failClosed(ErrorCode code, String message, @Nullable Throwable cause) {
        ArrayDeque<ProducerBatch> failed;
        synchronized (this) {
            failed = new ArrayDeque<>(closed);
            closed.clear();
        }
        failed.forEach(batch -> batch.fail(code, Outcome.NOT_WRITTEN, message, cause));
    }

    /** Whether it was not in its lane's queue, and now is. */
    boolean markQueued() {
        return queued.compareAndSet(false, true);
    }

    void unmarkQueued() {
        queued.set(false);
    }
}

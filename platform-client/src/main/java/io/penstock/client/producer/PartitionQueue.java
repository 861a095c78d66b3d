package io.penstock.client.producer;

import io.netty.buffer.ByteBuf;
import io.penstock.client.connection.Backoff;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.record.RecordHeaders;
import io.penstock.core.runtime.NodeRuntime;
import java.util.ArrayDeque;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one partition that are not handed over yet: one that is open, and before it those that are closed, in
 * order; and with sequences those that may have to go again, which go first. Its lock is held for a copy of a record at most,
 * or for the checksum of a batch that is numbered anew; batches are built without it.
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

    private final @Nullable SequenceLine line;

    private @Nullable ProducerBatch open;
    private int closedRecords;
    private boolean isAsking;
    private int lastElementBytes;
    private volatile int leader = -1;
    private volatile int leaderEpoch = -1;
    private volatile @Nullable Lane lane;

    PartitionQueue(ProducerTopic topic, UUID topicId, int partition, Accumulator accumulator) {
        this.topic = topic;
        this.topicId = topicId;
        this.partition = partition;
        this.accumulator = accumulator;
        this.line = accumulator.identities() == null ? null : new SequenceLine();
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
            byte[] source,
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
            ProducerIdentity probable = line == null ? null : line.identity();
            if (line != null && probable != null) {
                batch.expect(probable, line.sequenceAfter(closedRecords));
            }
            closed.add(batch);
            closedRecords += batch.recordCount();
            open = null;
        }
        return batch;
    }

    /** Whether the record fits the batch, which may have to grow for it. */
    private boolean makeRoom(ProducerBatch batch, int keyLength, int valueLength, RecordHeaders headers) {
        int size = batch.elementSizeWith(keyLength, valueLength, headers);
        if (size > topic.batchBytes(accumulator.batching().maxBytes())) {
            return false;
        }
        if (size <= batch.capacity()) {
            return true;
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

    /** The next batch to be handed over, if it is built and its turn has come; those that were answered meanwhile are dropped. */
    @Nullable
    ProducerBatch pollBuilt() {
        if (line == null) {
            synchronized (this) {
                return pollClosed();
            }
        }
        synchronized (this) {
            if (line.isOpen()) {
                ProducerBatch next = line.pollAgain();
                return next == null && line.hasRoom() ? pollClosed() : next;
            }
        }
        askForIdentity(line);
        return null;
    }

    private @Nullable ProducerBatch pollClosed() {
        dropAnswered();
        ProducerBatch head = closed.peek();
        if (head == null || !head.isBuilt()) {
            return null;
        }
        closedRecords -= head.recordCount();
        return closed.poll();
    }

    private void dropAnswered() {
        ProducerBatch head = closed.peek();
        while (head != null && head.isAnswered()) {
            closedRecords -= head.recordCount();
            closed.poll();
            head = closed.peek();
        }
    }

    /** Whether {@link #pollBuilt()} has a batch to give. */
    synchronized boolean hasBuilt() {
        if (line != null) {
            if (!line.isOpen()) {
                return false;
            }
            if (line.hasAgain() || !line.hasRoom()) {
                return line.hasAgain();
            }
        }
        dropAnswered();
        ProducerBatch head = closed.peek();
        return head != null && head.isBuilt();
    }

    /** The bytes of a batch that is handed over, which are the caller's then; null if it was answered meanwhile, or is now given up. */
    @Nullable
    ByteBuf take(ProducerBatch batch) {
        if (batch.giveUpIfAbandoned()) {
            return null;
        }
        if (line == null) {
            return batch.take();
        }
        synchronized (this) {
            return line.take(batch);
        }
    }

    private void askForIdentity(SequenceLine of) {
        ProducerIdentities identities = accumulator.identities();
        ProducerIdentity spent;
        synchronized (this) {
            if (!of.needsIdentity() || isAsking || identities == null) {
                return;
            }
            isAsking = true;
            spent = of.spent();
        }
        identities.get(spent, identity -> {
            synchronized (this) {
                isAsking = false;
                of.identify(identity);
            }
            wake();
        });
    }

    /** The broker has answered a batch. */
    void onAnswer(ProducerBatch batch, ProduceAck ack) {
        if (line == null) {
            batch.answer(ack, null);
            return;
        }
        SequenceLine.Verdict verdict;
        synchronized (this) {
            verdict = line.answered(batch, ack);
        }
        if (verdict == SequenceLine.Verdict.FINAL) {
            finish(batch, ack);
        }
        goOn(line, verdict == SequenceLine.Verdict.AGAIN_LATER);
    }

    private void finish(ProducerBatch batch, ProduceAck ack) {
        if (ack.error() == ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
            batch.answer(ProduceAck.committed(ack.correlation(), Guarantee.LEADER, -1, -1, -1), null);
        } else if (ack.error() != ErrorCode.NONE && batch.isDoubtful()) {
            batch.fail(ack.error(), Outcome.UNKNOWN, ack.message(), null);
        } else {
            batch.answer(ack, null);
        }
        ProducerIdentities identities = accumulator.identities();
        if (ack.error() == ErrorCode.INVALID_PRODUCER_EPOCH && identities != null) {
            identities.fail(new PenstockException(
                    ErrorCode.INVALID_PRODUCER_EPOCH,
                    "another one sends under the producer's id, nothing can be sent any more: " + ack.message()));
        }
    }

    /**
     * Nobody will say what became of a batch that was handed over.
     *
     * @param outcome whether the broker may have it
     */
    void onLost(ProducerBatch batch, Outcome outcome, PenstockException why) {
        if (line == null || !Backoff.canHelp(why)) {
            batch.fail(why.code(), outcome, String.valueOf(why.getMessage()), why);
        }
        if (line != null) {
            synchronized (this) {
                line.lost(batch, outcome == Outcome.UNKNOWN);
            }
            goOn(line, false); // when to try again is a matter of the lane, whose channel it was
        }
    }

    private void goOn(SequenceLine of, boolean later) {
        ProducerIdentities identities = accumulator.identities();
        if (later && identities != null) {
            int failures;
            synchronized (this) {
                if (of.isPaused()) {
                    return;
                }
                of.pause(true);
                failures = of.failures();
            }
            NodeRuntime runtime = identities.runtime();
            long pauseMs =
                    identities.backoff().after(failures, runtime.random()).toMillis();
            try {
                runtime.timers().schedule(() -> resume(of), pauseMs, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closedRuntime) {
                resume(of);
            }
        } else {
            wake();
        }
    }

    private void resume(SequenceLine of) {
        synchronized (this) {
            of.pause(false);
        }
        wake();
    }

    /** There may be a batch now that can be handed over. */
    void wake() {
        Lane current = lane;
        if (current != null && (hasBuilt() || failure() != null)) {
            current.wake(this);
        }
    }

    /** Why nothing of the producer can be sent any more, or null if it can. */
    @Nullable
    PenstockException failure() {
        ProducerIdentities identities = accumulator.identities();
        return identities == null ? null : identities.failure();
    }

    /** Fails all closed batches that are not on their way. */
    void failClosed(ErrorCode code, String message, @Nullable Throwable cause) {
        ArrayDeque<ProducerBatch> failed = new ArrayDeque<>();
        synchronized (this) {
            if (line != null) {
                line.drainTo(failed);
            }
            failed.addAll(closed);
            closed.clear();
            closedRecords = 0;
        }
        failed.forEach(batch -> batch.giveUp(code, message, cause));
    }

    /** Whether it was not in its lane's queue, and now is. */
    boolean markQueued() {
        return queued.compareAndSet(false, true);
    }

    void unmarkQueued() {
        queued.set(false);
    }
}

package io.penstock.client.producer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Outcome;
import io.penstock.core.model.TimestampType;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.codec.ProduceElementCodec;
import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.RecordBatchBuilder;
import io.penstock.core.record.RecordHeaders;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One batch from its first record to its answer. Its buffer belongs to the builder while it is open, to the batch once
 * it is built, and to the connection once it is taken; one that has a sequence keeps it until it is answered, for it may go
 * more than once. The bytes that it is charged with go back when it is answered.
 *
 * <pre>
 *   open ── close ──► closed ── build ──► built ── take ──► taken ── answer ──► answered
 *                        └──────────────────┴── fail (timed out, client closed) ──┘
 * </pre>
 *
 * Records are appended under the lock of the partition's queue; the rest has this object's lock.
 */
final class ProducerBatch implements Settleable {

    private static final int HEADROOM = ProduceElementCodec.HEADER_BYTES;

    private final String topic;
    private final int partition;
    private final BufferMemory memory;
    private final Runnable onAnswered;
    private final RecordBatchBuilder builder;
    private final List<BatchOwner> owners = new ArrayList<>(1);
    private @Nullable List<Runnable> listeners;

    private int capacity;
    private int records;
    private volatile boolean closed;
    private @Nullable ByteBuf element;
    private @Nullable ProducerIdentity identity;
    private int sequence = RecordBatch.NO_SEQUENCE;
    private long ordinal;
    private int writtenSequence = RecordBatch.NO_SEQUENCE;
    private long maxTimestamp;
    private boolean taken;
    private boolean refused;
    private boolean doubtful;
    private boolean passed;
    private volatile @Nullable ProduceAck answer;
    private @Nullable SendException error;

    /**
     * An open batch.
     *
     * @param capacity what it may take before {@link #grow}; reserved from the memory by the caller
     * @param onAnswered called when it is answered, before its owners
     */
    ProducerBatch(
            String topic,
            int partition,
            Compression compression,
            int capacity,
            BufferMemory memory,
            Runnable onAnswered) {
        this.topic = topic;
        this.partition = partition;
        this.memory = memory;
        this.onAnswered = onAnswered;
        this.capacity = capacity;
        this.builder = new RecordBatchBuilder(ByteBufAllocator.DEFAULT, compression, HEADROOM, capacity - HEADROOM);
    }

    /** The element's size if one such record were alone in its batch. */
    static long elementSizeOfOne(int keyLength, int valueLength, RecordHeaders headers) {
        return HEADROOM + RecordBatchBuilder.sizeOfOne(keyLength, valueLength, headers);
    }

    /** The element's size after one more such record, at most. */
    int elementSizeWith(int keyLength, int valueLength, RecordHeaders headers) {
        return HEADROOM + builder.sizeWith(keyLength, valueLength, headers);
    }

    TopicPartition topicPartition() {
        return new TopicPartition(topic, partition);
    }

    int capacity() {
        return capacity;
    }

    /** Lets it take more; the difference is reserved from the memory by the caller. */
    void grow(int newCapacity) {
        capacity = newCapacity;
    }

    /** Adds a record that fits the capacity, and says its index in the batch. */
    int append(long timestamp, byte[] source, int keyLength, int valueLength, RecordHeaders headers, BatchOwner owner) {
        builder.append(timestamp, source, 0, keyLength, Math.max(0, keyLength), valueLength, headers);
        if (owners.isEmpty() || (owners.get(owners.size() - 1) != owner && !owners.contains(owner))) {
            owners.add(owner);
        }
        return records++;
    }

    int recordCount() {
        return records;
    }

    /** Takes no more records. Under the lock of the partition's queue. */
    void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    /** Puts the closed batch into its final form; without a lock, since it may compress. */
    void build() {
        if (records == 0) {
            builder.release();
            fail(ErrorCode.UNKNOWN_SERVER_ERROR, Outcome.NOT_WRITTEN, "its only record could not be copied", null);
            return;
        }
        try {
            ProducerIdentity expected = identity;
            if (expected != null) {
                builder.producer(expected.id(), expected.epoch(), writtenSequence);
            }
            ByteBuf built = builder.build();
            maxTimestamp = RecordBatch.at(built, HEADROOM).maxTimestamp();
            int unused;
            synchronized (this) {
                if (answer != null) {
                    built.release();
                    return;
                }
                element = built;
                unused = Math.max(0, capacity - built.capacity());
                capacity -= unused;
            }
            if (unused > 0) {
                memory.release(unused);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            builder.release();
            fail(ErrorCode.UNKNOWN_SERVER_ERROR, Outcome.NOT_WRITTEN, "the batch could not be built", e);
        }
    }

    synchronized boolean isBuilt() {
        return element != null;
    }

    /** The built bytes, headroom first, without a change of ownership. */
    synchronized int elementBytes() {
        return element == null ? 0 : element.readableBytes();
    }

    /** The built bytes, which are the caller's then; null if it has been failed meanwhile. */
    synchronized @Nullable ByteBuf take() {
        ByteBuf built = element;
        element = null;
        taken = built != null;
        return built;
    }

    /** The identity and the sequence that it will probably have, for it to be built with. Before it is built. */
    void expect(ProducerIdentity probable, int probableSequence) {
        identity = probable;
        writtenSequence = probableSequence;
    }

    /** The sequence of its first record, -1 as long as it has none. Under the lock of the partition's queue. */
    int sequence() {
        return sequence;
    }

    void sequence(int given) {
        sequence = given;
    }

    /** The how manieth of its partition it is, once it has been handed over. Under the lock of the partition's queue. */
    long ordinal() {
        return ordinal;
    }

    void ordinal(long given) {
        ordinal = given;
    }

    /** The built bytes with its sequence, which are the caller's then, for one more attempt; null if it has been answered. */
    synchronized @Nullable ByteBuf takeAs(ProducerIdentity as) {
        ByteBuf built = element;
        if (built == null) {
            return null;
        }
        if (built.refCnt() > 1) {
            // an earlier attempt may still be read somewhere: by a broker in this JVM, or by a connection that ends
            element = built.copy();
            built.release();
            built = element;
        }
        RecordBatch batch = RecordBatch.at(built, HEADROOM);
        if (batch.timestampType() == TimestampType.LOG_APPEND_TIME) {
            batch.setCreateTime(maxTimestamp);
        }
        if (!as.equals(identity) || sequence != writtenSequence) {
            batch.setProducer(as.id(), as.epoch(), sequence);
            identity = as;
            writtenSequence = sequence;
        }
        taken = true;
        refused = false;
        return built.retainedDuplicate();
    }

    /** An attempt is over, and there will be another one. */
    synchronized void cameBack(boolean mayBeInLog) {
        taken = false;
        refused = !mayBeInLog;
        doubtful |= mayBeInLog;
    }

    /** An attempt is over, and the broker's answer to it means that no attempt has put it into the log. */
    synchronized void isNotInLog() {
        taken = false;
        refused = true;
        doubtful = false;
    }

    synchronized boolean isOnItsWay() {
        return taken;
    }

    /** Whether it came back, and is surely not in the log. */
    synchronized boolean wasRefused() {
        return refused && !doubtful;
    }

    /** The broker has taken a later batch although it had refused this one. Under the lock of the partition's queue. */
    void pass() {
        passed = true;
    }

    boolean wasPassed() {
        return passed;
    }

    /** Whether an attempt before the last one may have put it into the log. */
    synchronized boolean isDoubtful() {
        return doubtful;
    }

    /** The broker's answer, or what stands for it. Only the first counts. */
    void answer(ProduceAck ack, @Nullable Throwable cause) {
        ByteBuf unsent;
        List<Runnable> called;
        synchronized (this) {
            if (answer != null) {
                return;
            }
            if (ack.error() != ErrorCode.NONE) {
                String why = ack.message().isEmpty() ? ack.error().meaning() : ack.message();
                SendException failure = new SendException(ack.error(), ack.outcome(), topic, partition, why, cause);
                owners.forEach(owner -> owner.onFailing(this, failure));
                error = failure;
            }
            answer = ack;
            unsent = element;
            element = null;
            called = listeners == null ? List.of() : listeners;
            listeners = null;
        }
        if (unsent != null) {
            unsent.release();
        }
        onAnswered.run();
        memory.release(capacity); // whoever hears of the answer finds the room free
        owners.forEach(BatchOwner::onAnswered);
        owners.clear(); // a deadline may still hold the batch, and nobody should hold a stream that is over
        called.forEach(Runnable::run);
    }

    void fail(ErrorCode code, Outcome outcome, String message, @Nullable Throwable cause) {
        answer(ProduceAck.failed(0, outcome, code, message), cause);
    }

    /** Gives it up if none of its owners wants it sent any more; false if one does. Before it is handed over. */
    boolean giveUpIfAbandoned() {
        SendException why = whyAbandoned();
        if (why != null) {
            giveUp(why.code(), "a record before it has failed: " + why.getMessage(), why);
        }
        return why != null;
    }

    private synchronized @Nullable SendException whyAbandoned() {
        SendException why = null;
        for (BatchOwner owner : answer == null ? owners : List.<BatchOwner>of()) {
            why = owner.whyAbandoned(this);
            if (why == null) {
                return null;
            }
        }
        return why;
    }

    /** Gives up the waiting: for room on a lane, for an answer, or for another attempt. */
    void giveUp(ErrorCode code, String message, @Nullable Throwable cause) {
        Outcome outcome;
        synchronized (this) {
            outcome = taken || doubtful ? Outcome.UNKNOWN : Outcome.NOT_WRITTEN;
        }
        fail(code, outcome, message, cause);
    }

    @Override
    public boolean isAnswered() {
        return answer != null;
    }

    @Override
    public void whenAnswered(Runnable listener) {
        synchronized (this) {
            if (answer == null) {
                if (listeners == null) {
                    listeners = new ArrayList<>();
                }
                listeners.add(listener);
                return;
            }
        }
        listener.run();
    }

    @Override
    public SendResult result(int index, long timestamp, @Nullable Object correlation) {
        ProduceAck ack = answer;
        if (ack == null) {
            throw new IllegalStateException("the batch has no answer yet");
        }
        boolean known = ack.error() == ErrorCode.NONE && ack.baseOffset() >= 0;
        return new SendResult(
                topic,
                partition,
                known ? ack.baseOffset() + index : -1,
                ack.appendTimeMs() >= 0 ? ack.appendTimeMs() : timestamp,
                ack.guarantee(),
                ack.outcome(),
                error,
                correlation);
    }
}

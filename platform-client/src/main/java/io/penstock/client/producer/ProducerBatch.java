package io.penstock.client.producer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.codec.ProduceElementCodec;
import io.penstock.core.record.RecordBatchBuilder;
import io.penstock.core.record.RecordHeaders;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One batch from its first record to its answer. Its buffer belongs to the builder while it is open, to the batch once
 * it is built, and to the connection once it is taken; the bytes that it is charged with go back when it is answered.
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
    private boolean taken;
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

    int capacity() {
        return capacity;
    }

    /** Lets it take more; the difference is reserved from the memory by the caller. */
    void grow(int newCapacity) {
        capacity = newCapacity;
    }

    /** Adds a record that fits the capacity, and says its index in the batch. */
    int append(
            long timestamp, ByteBuf source, int keyLength, int valueLength, RecordHeaders headers, BatchOwner owner) {
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
            ByteBuf built = builder.build();
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
                error = new SendException(ack.error(), ack.outcome(), topic, partition, why, cause);
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
        try {
            owners.forEach(BatchOwner::onAnswered);
            owners.clear(); // a deadline may still hold the batch, and nobody should hold a stream that is over
            called.forEach(Runnable::run);
        } finally {
            memory.release(capacity);
        }
    }

    void fail(ErrorCode code, Outcome outcome, String message, @Nullable Throwable cause) {
        answer(ProduceAck.failed(0, outcome, code, message), cause);
    }

    /** Gives up the waiting: for room on a lane, or for an answer. */
    void timeOut(String message) {
        Outcome outcome;
        synchronized (this) {
            outcome = taken ? Outcome.UNKNOWN : Outcome.NOT_WRITTEN;
        }
        fail(ErrorCode.REQUEST_TIMED_OUT, outcome, message, null);
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
        boolean known = ack.error() == ErrorCode.NONE && ack.guarantee() != Guarantee.NONE;
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

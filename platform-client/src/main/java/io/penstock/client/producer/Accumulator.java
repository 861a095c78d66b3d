package io.penstock.client.producer;

import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.runtime.NodeRuntime;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * All batches of a producer: their memory, the time that they may stay open, and the time until which they must be
 * answered. Safe for any thread.
 */
final class Accumulator {

    private record Waiting(ProducerBatch batch, PartitionQueue queue) {

        boolean isClosed() {
            return batch.isClosed();
        }

        boolean isAnswered() {
            return batch.isAnswered();
        }

        void close() {
            queue.close(batch);
        }
    }

    private final BufferMemory memory;
    private final Batching batching;
    private final Compression compression;
    private final Duration deliveryTimeout;
    private final NodeRuntime runtime;
    private final TickingClock clock;
    private final @Nullable ProducerIdentities identities;
    private final Deadlines<Waiting> lingering;
    private final Deadlines<Waiting> deliveries;
    private final Set<ProducerBatch> unanswered = ConcurrentHashMap.newKeySet();

    /** @param identities under which batches are numbered, null if they are not */
    Accumulator(ProducerOptions<?, ?> options, NodeRuntime runtime, @Nullable ProducerIdentities identities) {
        this.identities = identities;
        this.memory = new BufferMemory(options.bufferMemory());
        this.batching = options.batching();
        this.compression = options.compression();
        this.deliveryTimeout = options.deliveryTimeout();
        this.runtime = runtime;
        this.clock = new TickingClock(runtime.clock(), runtime.timers());
        this.lingering = new Deadlines<>(
                batching.linger(), runtime.timers(), runtime.nanoTime(), Waiting::isClosed, this::closeLater);
        this.deliveries = new Deadlines<>(
                deliveryTimeout, runtime.timers(), runtime.nanoTime(), Waiting::isAnswered, this::timeOut);
    }

    BufferMemory memory() {
        return memory;
    }

    /** For the timestamps of records. */
    TickingClock clock() {
        return clock;
    }

    Batching batching() {
        return batching;
    }

    /** Under which batches are numbered, null if they are not. */
    @Nullable
    ProducerIdentities identities() {
        return identities;
    }

    /**
     * A new batch of bytes that are reserved. Under the queue's lock: whoever closes what is open must find it, and so
     * must its deadlines if it stays empty.
     */
    ProducerBatch open(PartitionQueue queue, int capacity) {
        try {
            ProducerBatch[] self = new ProducerBatch[1];
            ProducerBatch batch = new ProducerBatch(
                    queue.topic().name(),
                    queue.partition(),
                    compression,
                    capacity,
                    memory,
                    () -> unanswered.remove(self[0]));
            self[0] = batch;
            Waiting waiting = new Waiting(batch, queue);
            lingering.add(waiting);
            deliveries.add(waiting);
            unanswered.add(batch); // after it can be closed: see unanswered()
            return batch;
        } catch (RuntimeException | OutOfMemoryError e) {
            memory.release(capacity);
            throw e;
        }
    }

    /** Closes all batches that are open now. */
    void closeOpen() {
        lingering.takeAll().forEach(Waiting::close);
    }

    /** Batches may have to be compressed when they are closed, which is too long for a timer's thread. */
    private void closeLater(List<Waiting> due) {
        runtime.workers().schedule(() -> due.forEach(Waiting::close));
    }

    private void timeOut(List<Waiting> due) {
        for (Waiting waiting : due) {
            waiting.close();
            waiting.batch.giveUp(
                    ErrorCode.REQUEST_TIMED_OUT,
                    "no answer in the delivery timeout of " + deliveryTimeout.toMillis() + " ms",
                    null);
            // it may have been the one that the next ones waited for
            waiting.queue.wake();
        }
    }

    /** The batches that are open, wait, or are on their way. A {@link #closeOpen} that follows closes all that are open. */
    List<ProducerBatch> unanswered() {
        return List.copyOf(unanswered);
    }

    void close() {
        lingering.close();
        deliveries.close();
    }
}

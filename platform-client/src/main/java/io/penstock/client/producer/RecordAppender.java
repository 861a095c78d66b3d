package io.penstock.client.producer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Outcome;
import io.penstock.core.runtime.NodeRuntime;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * Takes the records of one source, one after the other: serialises into a buffer that it reuses, chooses the partition
 * and appends. A record that can't be placed yet is tried again after the wake-up. Used by one thread at a time.
 */
final class RecordAppender<K, V> {

    /** What came of an attempt. */
    enum Attempt {
        /** The record has its place, or its failure: see {@link #batch()}. */
        PLACED,
        /** It must be tried again when the source has been woken. */
        WAITING
    }

    private static final int FIRST_SCRATCH_BYTES = 1 << 10;
    private static final int KEPT_SCRATCH_BYTES = 1 << 20;

    private final ProducerOptions<K, V> options;
    private final ProducerTopics topics;
    private final Accumulator accumulator;
    private final NodeRuntime runtime;
    private final BooleanSupplier closed;
    private final BatchOwner owner;
    private final Runnable wake;
    private final Placement placement;

    private ByteBuf scratch = Unpooled.buffer(FIRST_SCRATCH_BYTES);
    /** The record whose bytes are in the buffer, if it waits for memory. */
    private @Nullable ProducerRecord<K, V> serialized;

    private int keyLength;
    private int valueLength;
    private @Nullable ProducerTopic lastTopic;
    private @Nullable ProducerTopic awaited;
    /** Whether the question has been answered that the record waits for. */
    private @Nullable AtomicBoolean look;

    private long dueNanos;
    private Disposable giveUp = Disposables.disposed();
    private long timestamp;
    private boolean released;

    /**
     * @param closed whether the producer takes no more records
     * @param owner told when a batch with a record of this source is answered
     * @param wake called once after a WAITING, when another attempt makes sense; on any thread
     */
    RecordAppender(
            ProducerOptions<K, V> options,
            ProducerTopics topics,
            Accumulator accumulator,
            NodeRuntime runtime,
            BooleanSupplier closed,
            BatchOwner owner,
            Runnable wake) {
        this.options = options;
        this.topics = topics;
        this.accumulator = accumulator;
        this.runtime = runtime;
        this.closed = closed;
        this.owner = owner;
        this.wake = wake;
        this.placement = new Placement(accumulator.memory());
    }

    /** Where the record went, after PLACED. */
    Settleable batch() {
        return placement.batch();
    }

    /** Its place there, after PLACED. */
    int index() {
        return placement.index();
    }

    /** Its time in milliseconds since 1970, after PLACED. */
    long timestamp() {
        return timestamp;
    }

    /** Its serialised size in bytes, after PLACED. */
    int size() {
        return Math.max(0, keyLength) + Math.max(0, valueLength);
    }

    /** Whether the record that was tried last waits for memory, and not for its topic. */
    boolean isWaitingForMemory() {
        return placement.isWaiting();
    }

    /** A record that comes right now; the same as the other one. */
    Attempt append(ProducerRecord<K, V> record) {
        return append(record, runtime.nanoTime());
    }

    /**
     * Throws nothing: whatever goes wrong, a user's code that throws an Error included, becomes the record's failure.
     *
     * @param sinceNanos when the record came; asked only if its topic is not known, for that is waited for no longer
     *     than the delivery timeout
     */
    Attempt append(ProducerRecord<K, V> record, LongSupplier sinceNanos) {
        try {
            return attempt(record, sinceNanos);
        } catch (Throwable e) {
            return failed(record, ErrorCode.UNKNOWN_SERVER_ERROR, "the record could not be placed: " + e, e);
        }
    }

    private Attempt attempt(ProducerRecord<K, V> record, LongSupplier sinceNanos) {
        if (placement.isWaiting()) {
            return Attempt.WAITING;
        }
        if (released || closed.getAsBoolean()) {
            return failed(record, ErrorCode.CLIENT_CLOSED, "the producer was closed", null);
        }
        ProducerTopic topic = topic(record.topic());
        PartitionQueue[] queues = topic.queues();
        if (queues == null) {
            return awaitTopic(record, sinceNanos, topic);
        }
        if (mustLookAgain(record, topic, queues)) {
            return Attempt.WAITING;
        }
        if (serialized != record && !serialize(record)) {
            return Attempt.PLACED;
        }
        return place(record, sinceNanos, topic, queues);
    }

    private ProducerTopic topic(String name) {
        ProducerTopic known = lastTopic;
        if (known == null || known.isRetired() || !known.name().equals(name)) {
            known = topics.get(name);
            lastTopic = known;
        }
        return known;
    }

    private Attempt awaitTopic(ProducerRecord<K, V> record, LongSupplier sinceNanos, ProducerTopic topic) {
        SendException failure = topic.failure();
        if (failure != null) {
            placed(record, new FailedRecord(failure));
            return done();
        }
        if (awaited != topic) {
            dueNanos = sinceNanos.getAsLong() + options.deliveryTimeout().toNanos();
        }
        long leftNanos = dueNanos - runtime.nanoTime().getAsLong();
        if (leftNanos <= 0) {
            Integer partition = record.partition();
            placed(
                    record,
                    new FailedRecord(topic.timedOut(partition == null ? -1 : partition, options.deliveryTimeout())));
            return done();
        }
        if (awaited == topic) {
            return Attempt.WAITING;
        }
        if (!topic.await(wake, dueNanos)) {
            return attempt(record, sinceNanos);
        }
        awaited = topic;
        giveUp.dispose();
        giveUp = runtime.timers().schedule(wake, leftNanos, TimeUnit.NANOSECONDS);
        return Attempt.WAITING;
    }

    /** A partition that is not known may have been added just now: before it is refused, the topic is asked for once more. */
    private boolean mustLookAgain(ProducerRecord<K, V> record, ProducerTopic topic, PartitionQueue[] queues) {
        Integer named = record.partition();
        if (named == null || named < queues.length) {
            return false;
        }
        AtomicBoolean looked = look;
        if (looked == null) {
            AtomicBoolean answered = new AtomicBoolean();
            look = answered;
            topics.askAgain(topic, () -> {
                answered.set(true);
                wake.run();
            });
            return true;
        }
        return !looked.get();
    }

    private boolean serialize(ProducerRecord<K, V> record) {
        try {
            scratch.clear();
            keyLength = -1;
            valueLength = -1;
            K key = record.key();
            if (key != null) {
                options.keySerializer().serialize(key, scratch);
                keyLength = scratch.writerIndex();
            }
            V value = record.value();
            if (value != null) {
                int start = scratch.writerIndex();
                options.valueSerializer().serialize(value, scratch);
                valueLength = scratch.writerIndex() - start;
            }
        } catch (Throwable e) {
            failed(record, ErrorCode.SERIALIZATION_FAILED, "the serializer failed: " + e, e);
            return false;
        }
        long size = ProducerBatch.elementSizeOfOne(keyLength, valueLength, record.headers());
        if (size > options.maxRequestSize()) {
            failed(
                    record,
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "the record takes " + size + " bytes with its batch, maxRequestSize is " + options.maxRequestSize(),
                    null);
            return false;
        }
        return true;
    }

    private Attempt place(
            ProducerRecord<K, V> record, LongSupplier sinceNanos, ProducerTopic topic, PartitionQueue[] queues) {
        Long given = record.timestamp();
        timestamp = given != null ? given : accumulator.clock().millis();
        int chosen;
        try {
            chosen = choose(record, queues.length);
        } catch (Throwable e) {
            return failed(record, ErrorCode.INVALID_REQUEST, "no partition could be chosen: " + e.getMessage(), e);
        }
        boolean sticky = chosen == Partitioner.STICKY;
        int outcome;
        try {
            do {
                int partition = sticky ? Math.min(topic.sticky(), queues.length - 1) : chosen;
                outcome = queues[partition].append(
                        timestamp, scratch.array(), keyLength, valueLength, record.headers(), sticky, owner, placement);
            } while (outcome == PartitionQueue.SWITCH);
        } catch (RuntimeException | OutOfMemoryError e) {
            return failed(record, ErrorCode.UNKNOWN_SERVER_ERROR, "no buffer for the record: " + e, e);
        }
        return outcome == 0 ? done() : claim(record, sinceNanos, outcome);
    }

    private int choose(ProducerRecord<K, V> record, int partitions) {
        Integer explicit = record.partition();
        int chosen = explicit != null
                ? explicit
                : options.partitioner().partition(record.topic(), scratch, 0, keyLength, partitions);
        if (chosen >= partitions || chosen < Partitioner.STICKY) {
            throw new IllegalArgumentException(
                    "partition " + chosen + " of a topic that has " + partitions + " of them");
        }
        return chosen;
    }

    /** Memory is full: gets in line, and has open batches closed, since only answered batches give memory back. */
    private Attempt claim(ProducerRecord<K, V> record, LongSupplier sinceNanos, int bytes) {
        serialized = record;
        placement.dropClaim();
        placement.claim(bytes, wake);
        if (placement.isWaiting()) {
            accumulator.closeOpen();
            return Attempt.WAITING;
        }
        return attempt(record, sinceNanos);
    }

    private Attempt failed(ProducerRecord<K, V> record, ErrorCode code, String why, @Nullable Throwable cause) {
        Integer partition = record.partition();
        placed(
                record,
                new FailedRecord(new SendException(
                        code, Outcome.NOT_WRITTEN, record.topic(), partition == null ? -1 : partition, why, cause)));
        return done();
    }

    private void placed(ProducerRecord<K, V> record, FailedRecord failure) {
        Long given = record.timestamp();
        timestamp = given == null ? -1 : given;
        placement.set(failure, 0);
    }

    /** Whatever waits is not to be placed any more; another record may be tried. */
    void forget() {
        placement.dropClaim();
        serialized = null;
        look = null;
        if (awaited != null) {
            awaited = null;
            giveUp.dispose();
        }
    }

    private Attempt done() {
        forget();
        if (!released && scratch.capacity() > KEPT_SCRATCH_BYTES) {
            replaceScratch();
        }
        return Attempt.PLACED;
    }

    private void replaceScratch() {
        ByteBuf large = scratch;
        try {
            scratch = Unpooled.buffer(FIRST_SCRATCH_BYTES);
            large.release();
        } catch (OutOfMemoryError e) {
            scratch = large; // the next record is as welcome in a large one
        }
    }

    /** Gives up what waits, and the buffer; a record that comes later is refused. A second call does nothing. */
    void close() {
        if (!released) {
            released = true;
            giveUp.dispose();
            placement.dropClaim();
            scratch.release();
        }
    }
}

package io.penstock.client.producer;

import io.penstock.client.connection.Backoff;
import io.penstock.client.serialization.Serializer;
import io.penstock.core.compression.Compression;
import io.penstock.core.model.Acks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a producer works. Immutable.
 *
 * @param <K> the keys' type
 * @param <V> the values' type
 */
public final class ProducerOptions<K, V> {

    private static final Backoff RETRY_BACKOFF = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1), 0.5);

    private final Serializer<? super K> keySerializer;
    private final Serializer<? super V> valueSerializer;
    private final Acks acks;
    private final Compression compression;
    private final Batching batching;
    private final Partitioner partitioner;
    private final long bufferMemory;
    private final int maxRequestSize;
    private final Duration deliveryTimeout;
    private final int lanes;
    private final OnError onError;
    private final boolean isIdempotent;
    private final Backoff retryBackoff;
    private final List<ProducerInterceptor<K, V>> interceptors;

    private ProducerOptions(Builder<K, V> builder) {
        keySerializer = builder.keySerializer;
        valueSerializer = builder.valueSerializer;
        acks = builder.acks;
        compression = builder.compression;
        batching = builder.batching;
        partitioner = builder.partitioner;
        bufferMemory = builder.bufferMemory;
        maxRequestSize = builder.maxRequestSize;
        deliveryTimeout = builder.deliveryTimeout;
        lanes = builder.lanes;
        onError = builder.onError;
        isIdempotent = builder.idempotent == null ? builder.acks == Acks.ALL : builder.idempotent;
        retryBackoff = builder.retryBackoff;
        interceptors = List.copyOf(builder.interceptors);
    }

    /** The defaults. */
    public static <K, V> ProducerOptions<K, V> of(
            Serializer<? super K> keySerializer, Serializer<? super V> valueSerializer) {
        return ProducerOptions.<K, V>builder(keySerializer, valueSerializer).build();
    }

    /** A builder that begins with the defaults. */
    public static <K, V> Builder<K, V> builder(
            Serializer<? super K> keySerializer, Serializer<? super V> valueSerializer) {
        return new Builder<>(keySerializer, valueSerializer);
    }

    public Serializer<? super K> keySerializer() {
        return keySerializer;
    }

    public Serializer<? super V> valueSerializer() {
        return valueSerializer;
    }

    public Acks acks() {
        return acks;
    }

    public Compression compression() {
        return compression;
    }

    public Batching batching() {
        return batching;
    }

    public Partitioner partitioner() {
        return partitioner;
    }

    public long bufferMemory() {
        return bufferMemory;
    }

    public int maxRequestSize() {
        return maxRequestSize;
    }

    public Duration deliveryTimeout() {
        return deliveryTimeout;
    }

    public int lanes() {
        return lanes;
    }

    public OnError onError() {
        return onError;
    }

    /** Whether a batch is in the log once, however often it is sent. */
    public boolean isIdempotent() {
        return isIdempotent;
    }

    public Backoff retryBackoff() {
        return retryBackoff;
    }

    public List<ProducerInterceptor<K, V>> interceptors() {
        return interceptors;
    }

    /** Gathers options; {@link #build()} checks those that depend on each other. Not safe for several threads. */
    public static final class Builder<K, V> {

        private final Serializer<? super K> keySerializer;
        private final Serializer<? super V> valueSerializer;
        private Acks acks = Acks.ALL;
        private Compression compression = Compression.NONE;
        private Batching batching = Batching.DEFAULTS;
        private Partitioner partitioner = Partitioner.byKeyHash();
        private long bufferMemory = 32 << 20;
        private int maxRequestSize = 1 << 20;
        private Duration deliveryTimeout = Duration.ofSeconds(120);
        private int lanes = 2;
        private OnError onError = OnError.STOP;
        private @Nullable Boolean idempotent;
        private Backoff retryBackoff = RETRY_BACKOFF;
        private final List<ProducerInterceptor<K, V>> interceptors = new ArrayList<>();

        private Builder(Serializer<? super K> keySerializer, Serializer<? super V> valueSerializer) {
            this.keySerializer = Objects.requireNonNull(keySerializer, "keySerializer");
            this.valueSerializer = Objects.requireNonNull(valueSerializer, "valueSerializer");
        }

        /** Whose word a result waits for; {@link Acks#ALL} by default. */
        public Builder<K, V> acks(Acks value) {
            acks = Objects.requireNonNull(value, "acks");
            return this;
        }

        /** How batches are compressed; not at all by default. */
        public Builder<K, V> compression(Compression value) {
            compression = Objects.requireNonNull(value, "compression");
            return this;
        }

        /** When batches are closed; {@link Batching#DEFAULTS} by default. */
        public Builder<K, V> batching(Batching value) {
            batching = Objects.requireNonNull(value, "batching");
            return this;
        }

        /** Chooses partitions of records that name none; {@link Partitioner#byKeyHash()} by default. */
        public Builder<K, V> partitioner(Partitioner value) {
            partitioner = Objects.requireNonNull(value, "partitioner");
            return this;
        }

        /** The most bytes in batches that are open, wait or are not answered; 32 MiB by default. */
        public Builder<K, V> bufferMemory(long bytes) {
            bufferMemory = bytes;
            return this;
        }

        /** The largest batch of a single record, in bytes before compression; 1 MiB by default. */
        public Builder<K, V> maxRequestSize(int bytes) {
            maxRequestSize = bytes;
            return this;
        }

        /**
         * How long a batch may take from its first record to its answer, and before that a record may wait for a topic
         * of which nothing is known; 120 s by default, from 1 ms to 7 days.
         */
        public Builder<K, V> deliveryTimeout(Duration value) {
            deliveryTimeout = Objects.requireNonNull(value, "deliveryTimeout");
            return this;
        }

        /** How many produce channels each broker's connection carries, from 1 to 64; 2 by default. */
        public Builder<K, V> lanes(int value) {
            lanes = value;
            return this;
        }

        /** What a failed record does to its stream; {@link OnError#STOP} by default. */
        public Builder<K, V> onError(OnError value) {
            onError = Objects.requireNonNull(value, "onError");
            return this;
        }

        /**
         * Whether batches are numbered, so that one whose answer was lost, or that was refused for the time being, can be sent
         * again: it will be in the log once, and in its place. Needs acks of all, and is on by default if they are.
         */
        public Builder<K, V> idempotent(boolean value) {
            idempotent = value;
            return this;
        }

        /** How long to wait before a batch is sent again; from 100 ms to 1 s, up to a half off, by default. */
        public Builder<K, V> retryBackoff(Backoff value) {
            retryBackoff = Objects.requireNonNull(value, "retryBackoff");
            return this;
        }

        /** Adds one that sees each record and each result, after those that were added before. */
        public Builder<K, V> interceptor(ProducerInterceptor<K, V> added) {
            interceptors.add(Objects.requireNonNull(added, "interceptor"));
            return this;
        }

        /**
         * Ends the building.
         *
         * @throws IllegalArgumentException if a number is out of its range, or the buffer memory does not hold one
         *     batch and one request of the largest size
         */
        public ProducerOptions<K, V> build() {
            require(
                    acks == Acks.ALL || !Boolean.TRUE.equals(idempotent),
                    "an idempotent producer needs acks of all, were " + acks);
            require(lanes >= 1 && lanes <= 64, "lanes must be from 1 to 64, was " + lanes);
            require(
                    maxRequestSize >= 1 << 10 && maxRequestSize <= 64 << 20,
                    "maxRequestSize must be from 1 KiB to 64 MiB, was " + maxRequestSize);
            require(
                    deliveryTimeout.toMillis() >= 1 && deliveryTimeout.toDays() <= 7,
                    "deliveryTimeout must be from 1 ms to 7 days, was " + deliveryTimeout);
            long least = 2L * Math.max(batching.maxBytes(), maxRequestSize);
            require(
                    bufferMemory >= least,
                    "bufferMemory must be at least twice the larger of batching.maxBytes and maxRequestSize, " + least
                            + " bytes, was " + bufferMemory);
            return new ProducerOptions<>(this);
        }

        private static void require(boolean condition, String otherwise) {
            if (!condition) {
                throw new IllegalArgumentException(otherwise);
            }
        }
    }
}

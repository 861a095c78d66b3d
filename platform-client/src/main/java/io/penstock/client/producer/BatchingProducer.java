package io.penstock.client.producer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.penstock.client.connection.Backoff;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Outcome;
import io.penstock.core.runtime.NodeRuntime;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A producer over the connections and the metadata of a client. */
public final class BatchingProducer<K, V> implements Producer<K, V> {

    /**
     * How many batches a produce channel carries before it is replaced: far from the 2^31 − 1 at which RSocket Java
     * falls silent.
     */
    static final long ELEMENTS_PER_CHANNEL = 1L << 30;

    private static final Logger log = LoggerFactory.getLogger(BatchingProducer.class);
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(5);

    /**
     * What a producer has of its client.
     *
     * @param tags tell its meters from another producer's
     * @param onClosed told when it has been closed
     */
    public record Client(
            ClusterMetadata metadata,
            Backoff backoff,
            NodeRuntime runtime,
            MeterRegistry meters,
            Tags tags,
            Consumer<Producer<?, ?>> onClosed) {}

    private final ProducerOptions<K, V> options;
    private final Client client;
    private final NodeRuntime runtime;
    private final Accumulator accumulator;
    private final Lanes lanes;
    private final ProducerTopics topics;
    private final SingleSends<K, V> singles;
    private final Set<RecordSource> sources = ConcurrentHashMap.newKeySet();
    private final Gauge usedBytes;
    private final Counter forgottenFailures;
    private final AtomicReference<@Nullable SendException> lastForgotten = new AtomicReference<>();
    private final int maxOwed;
    private volatile boolean closed;

    public BatchingProducer(ProducerOptions<K, V> options, Client client) {
        this(options, client, ELEMENTS_PER_CHANNEL, SendStream.MAX_OWED);
    }

    private BatchingProducer(ProducerOptions<K, V> options, Client client, long elementsPerChannel, int maxOwed) {
        this.options = options;
        this.client = client;
        this.runtime = client.runtime();
        ClusterMetadata metadata = client.metadata();
        Backoff backoff = client.backoff();
        this.maxOwed = maxOwed;
        this.accumulator = new Accumulator(
                options,
                runtime,
                options.isIdempotent() ? new ProducerIdentities(metadata, options.retryBackoff(), runtime) : null);
        AtomicReference<ProducerTopics> known = new AtomicReference<>();
        this.lanes = new Lanes(
                options.lanes(),
                metadata,
                new Lanes.Settings(options.acks(), elementsPerChannel, backoff, SESSION_TIMEOUT, runtime),
                (topic, code) -> known.get().onStale(topic, code));
        this.topics = new ProducerTopics(metadata, lanes, accumulator, backoff, runtime);
        known.set(topics);
        this.singles = new SingleSends<>(accumulator, source -> appender(source, source::wake), runtime);
        sources.add(singles);
        this.usedBytes = Gauge.builder("penstock.producer.buffer.used", accumulator.memory(), BufferMemory::usedBytes)
                .description("Bytes in batches that are open, wait or are not answered")
                .baseUnit("bytes")
                .tags(client.tags())
                .register(client.meters());
        this.forgottenFailures = Counter.builder("penstock.producer.forgotten.failed")
                .description("Records that failed, and whose sender did not wait for that")
                .tags(client.tags())
                .register(client.meters());
    }

    /** With the interceptors of its options, if there are any. */
    public Producer<K, V> intercepted() {
        return options.interceptors().isEmpty() ? this : new InterceptingProducer<>(this, options.interceptors());
    }

    /** The same with channels that are replaced sooner, and streams that are owed less. */
    BatchingProducer<K, V> withLimits(long elementsPerChannel, int owed) {
        return new BatchingProducer<>(options, client, elementsPerChannel, owed);
    }

    long usedMemory() {
        return accumulator.memory().usedBytes();
    }

    boolean isMemoryContended() {
        return accumulator.memory().isContended();
    }

    private RecordAppender<K, V> appender(BatchOwner owner, Runnable wake) {
        return new RecordAppender<>(options, topics, accumulator, runtime, () -> closed, owner, wake);
    }

    @Override
    public Flux<SendResult> send(Publisher<? extends ProducerRecord<K, V>> records) {
        Objects.requireNonNull(records, "records");
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super SendResult> actual) {
                newStream(actual, records, options.onError()).start();
            }
        };
    }

    private SendStream<K, V> newStream(
            CoreSubscriber<? super SendResult> actual,
            Publisher<? extends ProducerRecord<K, V>> records,
            OnError onError) {
        SendStream<K, V> stream = new SendStream<>(
                actual,
                records,
                accumulator,
                source -> appender(source, source::wake),
                onError,
                runtime,
                maxOwed,
                sources::remove);
        sources.add(stream);
        return stream;
    }

    @Override
    public Mono<Void> sendAndForget(Publisher<? extends ProducerRecord<K, V>> records) {
        return sendAndForget(records, result -> {});
    }

    /** @param results sees what nobody waits for */
    Mono<Void> sendAndForget(Publisher<? extends ProducerRecord<K, V>> records, Consumer<SendResult> results) {
        Objects.requireNonNull(records, "records");
        return Mono.create(sender -> new ForgottenSend<K, V>(
                        sender,
                        records,
                        results.andThen(this::onForgotten),
                        (actual, all) -> newStream(actual, all, OnError.CONTINUE))
                .start());
    }

    private void onForgotten(SendResult result) {
        SendException error = result.error();
        if (error != null) {
            forgottenFailures.increment();
            // all records of a batch have the same one
            if (lastForgotten.getAndSet(error) != error) {
                log.warn("Records that nobody waits for have failed: {}", error.getMessage());
            }
        }
    }

    @Override
    public Mono<SendResult> send(ProducerRecord<K, V> record) {
        return singles.send(Objects.requireNonNull(record, "record"));
    }

    @Override
    public Mono<Void> flush() {
        return Mono.<Void>create(sink -> {
                    List<RecordSource> flushed = List.copyOf(sources);
                    countDown(flushed.size(), () -> afterPlaced(sink::success), flushed, RecordSource::whenPlaced);
                })
                .publishOn(runtime.workers());
    }

    /** Every record has its place; now the batches that they are in. What is opened from here on is not waited for. */
    private void afterPlaced(Runnable done) {
        List<ProducerBatch> batches = accumulator.unanswered();
        accumulator.closeOpen();
        countDown(batches.size(), done, batches, ProducerBatch::whenAnswered);
    }

    private interface Registration<T> {
        void register(T thing, Runnable listener);
    }

    private static <T> void countDown(int count, Runnable done, List<T> things, Registration<T> registration) {
        if (count == 0) {
            done.run();
            return;
        }
        AtomicInteger left = new AtomicInteger(count);
        for (T thing : things) {
            registration.register(thing, () -> {
                if (left.decrementAndGet() == 0) {
                    done.run();
                }
            });
        }
    }

    @Override
    public Mono<Void> close() {
        return Mono.defer(() -> {
            closed = true;
            sources.forEach(RecordSource::wake);
            return flush().then(lanes.close()).doOnSuccess(done -> end());
        });
    }

    private void end() {
        singles.close();
        topics.close();
        accumulator.close();
        client.meters().remove(usedBytes);
        client.meters().remove(forgottenFailures);
        client.onClosed().accept(this);
    }

    static SendException closedError(ProducerRecord<?, ?> record) {
        Integer partition = record.partition();
        return new SendException(
                ErrorCode.CLIENT_CLOSED,
                Outcome.NOT_WRITTEN,
                record.topic(),
                partition == null ? -1 : partition,
                "the producer was closed",
                null);
    }
}

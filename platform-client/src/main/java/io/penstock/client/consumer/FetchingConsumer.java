package io.penstock.client.consumer;

import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.EventStream;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.runtime.NodeRuntime;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/** A consumer over the connections and the metadata of a client. */
public final class FetchingConsumer<K, V> implements Consumer<K, V> {

    /**
     * For how many elements a fetch stream is given credit before it is replaced: far from the 2^31 − 1 at which
     * RSocket Java falls silent.
     */
    static final long ELEMENTS_PER_STREAM = 1L << 30;

    private final ConsumerOptions<K, V> options;
    private final ReceiveStream.Shared shared;
    private final EventStream<ConsumerEvent> events = new EventStream<>();
    private final Set<ReceiveStream<?>> streams = ConcurrentHashMap.newKeySet();
    private @Nullable ReceiveStream<?> latest;
    private Map<TopicPartition, Position> lastPositions = Map.of();
    private volatile boolean closed;

    public FetchingConsumer(
            ConsumerOptions<K, V> options, ClusterMetadata metadata, Backoff backoff, NodeRuntime runtime) {
        this(options, metadata, backoff, runtime, ELEMENTS_PER_STREAM);
    }

    FetchingConsumer(
            ConsumerOptions<K, V> options,
            ClusterMetadata metadata,
            Backoff backoff,
            NodeRuntime runtime,
            long elementsPerStream) {
        this.options = options;
        this.shared = new ReceiveStream.Shared(options, metadata, backoff, runtime, events, elementsPerStream);
    }

    /** The same with streams that are replaced sooner. */
    FetchingConsumer<K, V> withElementsPerStream(long elements) {
        return new FetchingConsumer<>(options, shared.metadata(), shared.backoff(), shared.runtime(), elements);
    }

    @Override
    public Flux<ConsumerRecord<K, V>> receive() {
        return stream(() -> new RecordEmitter<>(options));
    }

    @Override
    public Flux<ReceivedBatch<K, V>> receiveBatches() {
        return stream(() -> new BatchEmitter<>(options));
    }

    private <T> Flux<T> stream(Supplier<Emitter<T>> emitter) {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super T> actual) {
                ReceiveStream<T> stream =
                        new ReceiveStream<>(actual, emitter.get(), shared, FetchingConsumer.this::onEnded);
                onStarted(stream);
                actual.onSubscribe(stream);
                if (closed) {
                    stream.close();
                }
            }
        };
    }

    @Override
    public Flux<ConsumerEvent> events() {
        return events.flux();
    }

    private synchronized void onStarted(ReceiveStream<?> stream) {
        streams.add(stream);
        latest = stream;
    }

    /** Nothing here may refer to the subscriber any more; where it stood is kept. */
    private synchronized void onEnded(ReceiveStream<?> stream) {
        streams.remove(stream);
        if (latest == stream) {
            lastPositions = stream.positions();
            latest = null;
        }
    }

    @Override
    public synchronized Map<TopicPartition, Position> positions() {
        return latest == null ? lastPositions : latest.positions();
    }

    /** Ends all subscriptions with {@code CLIENT_CLOSED}, and refuses new ones with it. A second call does nothing. */
    public void close() {
        closed = true;
        streams.forEach(ReceiveStream::close);
        events.complete();
    }
}

package io.penstock.client;

import io.micrometer.core.instrument.Tags;
import io.penstock.client.admin.Admin;
import io.penstock.client.admin.RequestingAdmin;
import io.penstock.client.connection.ConnectionEvent;
import io.penstock.client.connection.Connections;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.FetchingConsumer;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.client.metadata.TopicView;
import io.penstock.client.producer.BatchingProducer;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.LocalEndpoint;
import io.penstock.core.transport.TransportClient;
import io.penstock.core.transport.TransportLimits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A cluster as seen from an application. Connects when something is first asked for, and again, for ever and with
 * jittered backoff, when a connection is lost and something needs it. Safe for any thread.
 */
public final class PenstockClient {

    private final ClientOptions options;
    private final NodeRuntime runtime;
    private final Connections connections;
    private final ClusterMetadata metadata;
    private final DeadLetterProducer deadLetters = new DeadLetterProducer(this);
    private final Set<Producer<?, ?>> producers = ConcurrentHashMap.newKeySet();
    private final AtomicInteger producerCount = new AtomicInteger();
    /** Held weakly: a consumer need not be closed, and one that nobody refers to reads nothing. */
    private final Set<FetchingConsumer<?, ?>> consumers =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    private volatile boolean closed;
    private final Mono<Void> closing = Mono.defer(this::end).cache();

    private PenstockClient(ClientOptions options) {
        NodeRuntime shared = options.runtime();
        this.options = options;
        this.runtime = shared != null ? shared : NodeRuntime.create(options.clientName());
        this.connections = new Connections(
                new TransportClient(
                        runtime.loops(), TransportLimits.DEFAULTS.withMaxFrameBytes(options.maxFrameBytes())),
                new Connections.Settings(
                        options.bootstrap(),
                        options.clientName(),
                        options.maxFrameBytes(),
                        options.maxConnectionsPerBroker(),
                        options.backoff()),
                runtime);
        this.metadata = new ClusterMetadata(
                connections,
                options.backoff(),
                options.requestTimeout(),
                runtime,
                options.bootstrap().get(0) instanceof LocalEndpoint);
    }

    /**
     * A client of one or several endpoints, {@code penstock://host:port} or {@code local:name}. Nothing is connected
     * yet.
     *
     * @throws io.penstock.core.error.PenstockException with {@code INVALID_REQUEST} if one can't be read
     */
    public static PenstockClient connect(String... endpoints) {
        return connect(ClientOptions.builder(endpoints).build());
    }

    /** A client. Nothing is connected yet. */
    public static PenstockClient connect(ClientOptions options) {
        return new PenstockClient(options);
    }

    /**
     * A producer with memory and lanes of its own.
     *
     * @throws io.penstock.core.error.PenstockException with {@code CLIENT_CLOSED} if {@link #close()} was begun
     */
    public <K, V> Producer<K, V> producer(ProducerOptions<K, V> producerOptions) {
        refuseIfClosed();
        Tags tags =
                Tags.of("client", options.clientName(), "producer", String.valueOf(producerCount.incrementAndGet()));
        BatchingProducer<K, V> producer = new BatchingProducer<>(
                producerOptions,
                new BatchingProducer.Client(
                        metadata, options.backoff(), runtime, options.meters(), tags, producers::remove));
        producers.add(producer);
        if (closed) {
            producer.close().subscribe(); // which is all that close() would do if it did not look before
        }
        refuseIfClosed();
        return producer.intercepted();
    }

    /** A topic, which is created if the broker does so; the error that there is with it. */
    Mono<TopicView> findTopic(String name) {
        return metadata.topic(name, true);
    }

    private void refuseIfClosed() {
        if (closed) {
            throw Connections.closedError();
        }
    }

    /** A consumer. It reads when its streams are subscribed to; that of a closed client ends them at once. */
    public <K, V> Consumer<K, V> consumer(ConsumerOptions<K, V> consumerOptions) {
        FetchingConsumer<K, V> consumer = new FetchingConsumer<>(
                consumerOptions, options.clientName(), metadata, options.backoff(), runtime, deadLetters);
        consumers.add(consumer);
        if (closed) {
            consumer.abort();
        }
        return consumer;
    }

    /** Topics and offsets; refuses with {@code CLIENT_CLOSED} from {@link #close()} on. */
    public Admin admin() {
        return new RequestingAdmin(metadata, runtime, () -> closed);
    }

    /**
     * What happens to the connections, from now on. Hot; a subscriber that does not keep up misses the oldest. Signals
     * come from event loops: do not block. Completes when the client is closed; no errors.
     */
    public Flux<ConnectionEvent> events() {
        return connections.events();
    }

    /**
     * Ends consumers with {@code CLIENT_CLOSED}, those of a group with a last commit, closes producers, which sends what
     * they have taken over, and then the connections; and the runtime, unless it was handed in. Starts on the first subscription and can't be cancelled;
     * later ones get the same. Completes without an error.
     */
    public Mono<Void> close() {
        return closing;
    }

    private Mono<Void> end() {
        closed = true;
        List<FetchingConsumer<?, ?>> open;
        synchronized (consumers) {
            open = List.copyOf(consumers);
        }
        List<Mono<Void>> endings = new ArrayList<>();
        open.forEach(consumer -> endings.add(consumer.abort()));
        producers.forEach(producer -> endings.add(producer.close()));
        return Mono.when(endings)
                .then(Mono.fromRunnable(connections::close))
                .then(options.runtime() == null ? runtime.close() : Mono.empty());
    }

    /** {@link #close()}, waited for; not where signals arrive, on an event loop or a worker of the client. */
    public void closeNow() {
        close().block();
    }
}

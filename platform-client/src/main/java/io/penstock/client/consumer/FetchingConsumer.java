package io.penstock.client.consumer;

import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.Connections;
import io.penstock.client.connection.EventStream;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.runtime.NodeRuntime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** A consumer over the connections and the metadata of a client. */
public final class FetchingConsumer<K, V> implements Consumer<K, V> {

    /**
     * For how many elements a fetch stream is given credit before it is replaced: far from the 2^31 − 1 at which
     * RSocket Java falls silent.
     */
    static final long ELEMENTS_PER_STREAM = 1L << 30;

    /** Longer than a group is waited for: a subscriber may hold the thread that would say so. */
    private static final Duration ABORT_TIMEOUT = Duration.ofSeconds(10);

    private final ConsumerOptions<K, V> options;
    private final PartitionSet.Shared shared;
    private final DeadLetterSender deadLetters;
    private final EventStream<ConsumerEvent> events = new EventStream<>();
    private final Set<PartitionSet> subscriptions = ConcurrentHashMap.newKeySet();
    private final PartitionSet.EndListener endListener = new EndListener();
    private @Nullable PartitionSet latest;
    private Map<TopicPartition, Position> lastPositions = Map.of();
    private volatile boolean closed;
    private volatile boolean aborted;

    /** @param clientName what the client calls itself in groups */
    public FetchingConsumer(
            ConsumerOptions<K, V> options,
            String clientName,
            ClusterMetadata metadata,
            Backoff backoff,
            NodeRuntime runtime,
            DeadLetterSender deadLetters) {
        this(options, clientName, metadata, backoff, runtime, deadLetters, ELEMENTS_PER_STREAM);
    }

    private FetchingConsumer(
            ConsumerOptions<K, V> options,
            String clientName,
            ClusterMetadata metadata,
            Backoff backoff,
            NodeRuntime runtime,
            DeadLetterSender deadLetters,
            long elementsPerStream) {
        this.options = options;
        this.deadLetters = deadLetters;
        this.shared =
                new PartitionSet.Shared(options, clientName, metadata, backoff, runtime, events, elementsPerStream);
    }

    /** The same with streams that are replaced sooner. */
    FetchingConsumer<K, V> withElementsPerStream(long elements) {
        return new FetchingConsumer<>(
                options,
                shared.clientName(),
                shared.metadata(),
                shared.backoff(),
                shared.runtime(),
                deadLetters,
                elements);
    }

    @Override
    public Flux<ConsumerRecord<K, V>> receive() {
        return stream(() -> new RecordEmitter<>(options));
    }

    @Override
    public Flux<ReceivedBatch<K, V>> receiveBatches() {
        return stream(() -> new BatchEmitter<>(options));
    }

    @Override
    public Flux<PartitionRecords<K, V>> receiveByPartition() {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super PartitionRecords<K, V>> actual) {
                PartitionedStream<K, V> stream = new PartitionedStream<>(actual, options, shared, endListener);
                begin(actual, stream, stream.partitions());
            }
        };
    }

    @Override
    public Mono<Void> orderedByKey(
            OrderedOptions orderedOptions, Function<? super ConsumerRecord<K, V>, ? extends Publisher<?>> handler) {
        OrderedStream.Handling<K, V> handling = new OrderedStream.Handling<>(
                Objects.requireNonNull(orderedOptions, "options"),
                Objects.requireNonNull(handler, "handler"),
                deadLetters);
        return new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super Void> actual) {
                OrderedStream<K, V> stream = new OrderedStream<>(actual, options, handling, shared, endListener);
                if (begin(actual, stream, stream.partitions())) {
                    stream.start();
                }
            }
        };
    }

    private <T> Flux<T> stream(Supplier<Emitter<T>> emitter) {
        return new Flux<>() {
            @Override
            public void subscribe(CoreSubscriber<? super T> actual) {
                ReceiveStream<T> stream = new ReceiveStream<>(actual, emitter.get(), shared, endListener);
                begin(actual, stream, stream.partitions());
            }
        };
    }

    private boolean begin(CoreSubscriber<?> actual, Subscription stream, PartitionSet partitions) {
        boolean begun = begin(partitions);
        if (begun) {
            actual.onSubscribe(stream);
            endIfClosed(partitions);
        } else {
            Operators.error(actual, secondMember());
        }
        return begun;
    }

    /** A member of a group is one subscriber; false if there is one already. */
    private synchronized boolean begin(PartitionSet subscription) {
        if (options.group() != null && latest != null) {
            return false;
        }
        subscriptions.add(subscription);
        latest = subscription;
        return true;
    }

    private IllegalStateException secondMember() {
        return new IllegalStateException("this consumer, a member of group "
                + (options.group() == null ? "" : options.group().groupId())
                + ", has a subscriber already: make another consumer to have another member");
    }

    private void endIfClosed(PartitionSet subscription) {
        if (aborted) {
            subscription.abort(Connections.closedError());
        } else if (closed) {
            subscription.close();
        }
    }

    /** Of those too that drain: what they gave out is being acknowledged. */
    @Override
    public Mono<Void> commit() {
        return Mono.defer(
                () -> Mono.when(open().stream().map(PartitionSet::commit).toList()));
    }

    @Override
    public Mono<Void> seek(TopicPartition partition, StartPosition position) {
        Objects.requireNonNull(partition, "partition");
        if (Objects.requireNonNull(position, "position") instanceof StartPosition.None) {
            throw new IllegalArgumentException("none is no place to go on at in " + partition);
        }
        return Mono.defer(() -> {
            PartitionSet running = latest();
            return running == null ? Mono.error(PartitionSet.notRead(partition)) : running.seek(partition, position);
        });
    }

    private synchronized @Nullable PartitionSet latest() {
        return latest;
    }

    @Override
    public Flux<ConsumerEvent> events() {
        return events.flux();
    }

    @Override
    public synchronized Map<TopicPartition, Position> positions() {
        return latest == null ? lastPositions : latest.positions();
    }

    @Override
    public Mono<Void> close() {
        return Mono.defer(() -> {
            closed = true;
            return Mono.when(open().stream().map(PartitionSet::close).toList());
        });
    }

    private List<PartitionSet> open() {
        return List.copyOf(subscriptions);
    }

    /**
     * The client is closing: ends all subscriptions with {@code CLIENT_CLOSED}, refuses new ones with it, and leaves the
     * group with a last commit. Begins at once; completes when the group is left, or it takes too long. A second call
     * does nothing more.
     */
    public Mono<Void> abort() {
        aborted = true;
        List<Mono<Void>> endings = open().stream()
                .map(subscription -> subscription.abort(Connections.closedError()))
                .toList();
        if (options.group() == null || endings.isEmpty()) {
            events.complete();
            return Mono.empty();
        }
        return Mono.when(endings)
                .timeout(ABORT_TIMEOUT, Mono.empty(), shared.runtime().timers())
                .doFinally(signal -> events.complete());
    }

    /** Nothing here may refer to the subscriber any more; where it stood is kept. */
    private final class EndListener implements PartitionSet.EndListener {

        @Override
        public void onEnded(PartitionSet partitions) {
            synchronized (FetchingConsumer.this) {
                if (latest == partitions) {
                    lastPositions = partitions.positions();
                    latest = null;
                }
            }
        }

        @Override
        public void onGone(PartitionSet partitions) {
            subscriptions.remove(partitions);
        }
    }
}

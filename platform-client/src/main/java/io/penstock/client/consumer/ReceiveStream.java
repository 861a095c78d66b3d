package io.penstock.client.consumer;

import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.BrokerSession;
import io.penstock.client.connection.Connections;
import io.penstock.client.connection.EventStream;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.client.metadata.TopicView;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.runtime.SerialExecutor;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * One subscription of a consumer. Everything happens in turn on one serial executor over the workers: what the network
 * says, what the metadata says, and the drain loop, which takes from the partitions that have something in turn, batch
 * by batch, as far as the subscriber has asked. Only demand and cancellation come in from elsewhere, as marks.
 */
final class ReceiveStream<T> implements Subscription, PartitionFetch.Owner {

    /** What the subscriptions of a consumer share. */
    record Shared(
            ConsumerOptions<?, ?> options,
            ClusterMetadata metadata,
            Backoff backoff,
            NodeRuntime runtime,
            EventStream<ConsumerEvent> events,
            long elementsPerStream) {}

    /** Told once when a subscription is over. */
    interface EndListener {
        void onEnded(ReceiveStream<?> stream);
    }

    private final CoreSubscriber<? super T> actual;
    private final Emitter<T> emitter;
    private final Shared shared;
    private final StartOffsets startOffsets;
    private final SerialExecutor serial;
    private final Runnable onEnded;

    private final AtomicLong requested = new AtomicLong();
    private final AtomicBoolean drainQueued = new AtomicBoolean();
    private final Map<TopicPartition, PartitionFetch> partitions = new ConcurrentHashMap<>();
    private final ArrayDeque<PartitionFetch> turns = new ArrayDeque<>();
    private final Set<PartitionFetch> inTurns = new HashSet<>();
    private final Map<String, TopicView> seen = new HashMap<>();
    private final Disposable.Composite work = Disposables.composite();

    private volatile boolean cancelled;
    private volatile @Nullable Throwable violation;
    private boolean started;
    private boolean ended;
    private WindowPlan plan;

    ReceiveStream(CoreSubscriber<? super T> actual, Emitter<T> emitter, Shared shared, EndListener onEnded) {
        this.actual = actual;
        this.emitter = emitter;
        this.shared = shared;
        this.startOffsets = new StartOffsets(shared.metadata());
        this.serial = new SerialExecutor(this::onWorker);
        this.onEnded = () -> onEnded.onEnded(this);
        this.plan = WindowPlan.of(shared.options().window(), 1);
    }

    // demand

    @Override
    public void request(long n) {
        if (n <= 0) {
            violation = new IllegalArgumentException("demand must be more than 0 (Reactive Streams 3.9), was " + n);
        } else {
            requested.getAndUpdate(before -> Operators.addCap(before, n));
        }
        queueDrain();
    }

    @Override
    public void cancel() {
        cancelled = true;
        queueDrain();
    }

    /** The client is closing. */
    void close() {
        execute(() -> terminate(Connections.closedError()));
    }

    private void queueDrain() {
        if (drainQueued.compareAndSet(false, true)) {
            execute(this::drain);
        }
    }

    // topics and partitions

    private void begin() {
        started = true;
        Set<String> topics = new HashSet<>(shared.options().topics());
        shared.options().partitions().forEach(partition -> topics.add(partition.topic()));
        work.add(shared.metadata()
                .watch(topics)
                .subscribe(
                        image -> execute(() -> onImage(image)),
                        error -> execute(() -> terminate(RSocketErrors.fromRSocket(error)))));
    }

    private void onImage(Metadata.Image image) {
        if (ended) {
            return;
        }
        for (Metadata.TopicImage topic : image.topics()) {
            onTopic(topic);
        }
        plan = WindowPlan.of(shared.options().window(), partitions.size());
        partitions.values().forEach(PartitionFetch::onPlanChanged);
    }

    private void onTopic(Metadata.TopicImage image) {
        TopicView before = seen.get(image.name());
        TopicView now;
        try {
            now = ClusterMetadata.view(image);
        } catch (PenstockException error) {
            onTopicError(image.name(), before, error);
            return;
        }
        if (before != null && !before.id().equals(now.id())) {
            failTopic(image.name(), "it was deleted, and created again");
            return;
        }
        seen.put(now.name(), now);
        for (TopicPartition single : shared.options().partitions()) {
            if (single.topic().equals(now.name()) && single.partition() >= now.partitionCount()) {
                terminate(new PenstockException(
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                        "there is no partition " + single + ": the topic has " + now.partitionCount()));
                return;
            }
        }
        for (Metadata.PartitionImage partition : now.partitions()) {
            onPartition(now, partition, before == null);
        }
    }

    private void onTopicError(String name, @Nullable TopicView before, PenstockException error) {
        if (before != null) {
            failTopic(name, "it was deleted");
        } else if (error.code() == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || !error.isRetriable()) {
            terminate(error);
        }
    }

    private void failTopic(String name, String why) {
        for (PartitionFetch partition : partitions.values()) {
            if (partition.topicPartition().topic().equals(name)) {
                partition.fail(new PenstockException(
                        ErrorCode.UNKNOWN_TOPIC_ID, partition.topicPartition() + ": the topic is gone: " + why));
            }
        }
    }

    private void onPartition(TopicView topic, Metadata.PartitionImage image, boolean first) {
        TopicPartition key = new TopicPartition(topic.name(), image.partition());
        PartitionFetch known = partitions.get(key);
        if (known != null) {
            known.follow(image);
            return;
        }
        ConsumerOptions<?, ?> options = shared.options();
        if (!options.topics().contains(topic.name()) && !options.partitions().contains(key)) {
            return;
        }
        PartitionFetch added = new PartitionFetch(key, topic.id(), image.leader(), this);
        partitions.put(key, added);
        // what is written to a partition before it was noticed is not to be missed
        StartPosition position = first ? options.startAt(key) : StartPosition.earliest();
        resolve(added, StartOffsets.fix(position, shared.runtime().clock()), 0, this::onStart);
    }

    private interface Resolved {
        void at(PartitionFetch partition, long offset);
    }

    private void resolve(PartitionFetch partition, StartPosition position, int failures, Resolved then) {
        Disposable.Swap asking = Disposables.swap();
        work.add(asking);
        asking.update(startOffsets
                .resolve(partition.topicPartition(), partition.leader(), position)
                .doFinally(signal -> work.remove(asking))
                .subscribe(
                        offset -> execute(() -> then.at(partition, offset)),
                        error -> execute(() -> onUnresolved(partition, position, failures + 1, then, error))));
    }

    private void onUnresolved(
            PartitionFetch partition, StartPosition position, int failures, Resolved then, Throwable cause) {
        PenstockException error = RSocketErrors.fromRSocket(cause);
        if (!Backoff.canHelp(error) || ended) {
            partition.fail(error);
            return;
        }
        Duration pause = backoff(failures);
        emit(new ConsumerEvent.Interrupted(
                partition.topicPartition(), -1, pause, error.code() + ": " + error.getMessage()));
        executeLater(() -> resolve(partition, position, failures, then), pause);
    }

    private void onStart(PartitionFetch partition, long offset) {
        if (!ended) {
            emit(new ConsumerEvent.Started(partition.topicPartition(), offset));
            partition.start(offset);
        }
    }

    @Override
    public void onOutOfRange(PartitionFetch partition, PenstockException error) {
        StartPosition position = switch (shared.options().onOutOfRange()) {
            case EARLIEST -> StartPosition.earliest();
            case LATEST -> StartPosition.latest();
            case FAIL -> null;
        };
        if (position == null) {
            partition.fail(error);
            return;
        }
        long from = partition.fetchOffset();
        resolve(partition, position, 0, (of, offset) -> {
            if (!ended) {
                emit(new ConsumerEvent.Reset(of.topicPartition(), from, offset));
                of.reset(offset);
            }
        });
    }

    // the drain loop

    @Override
    public void onNews(PartitionFetch partition) {
        if (inTurns.add(partition)) {
            turns.add(partition);
        }
        queueDrain();
    }

    private void drain() {
        drainQueued.set(false);
        if (ended) {
            return;
        }
        if (cancelled) {
            end();
            return;
        }
        Throwable illegal = violation;
        if (illegal != null) {
            terminate(illegal);
            return;
        }
        if (!started && requested.get() > 0) {
            begin();
        }
        emit();
    }

    private void emit() {
        long emitted = 0;
        while (!cancelled && !turns.isEmpty() && emitted < requested.get()) {
            PartitionFetch partition = turns.peek();
            T next = emitter.next(partition);
            if (next != null) {
                actual.onNext(next);
                emitted++;
            } else {
                endTurn(partition);
            }
        }
        if (emitted != 0) {
            produced(emitted);
        }
        if (cancelled) {
            end();
        } else {
            endFailed();
        }
    }

    private void produced(long emitted) {
        requested.getAndUpdate(before -> before == Long.MAX_VALUE ? before : before - emitted);
    }

    private void endTurn(PartitionFetch partition) {
        turns.poll();
        if (partition.hasReceived()) {
            turns.add(partition);
        } else {
            inTurns.remove(partition);
            endIfFailed(partition);
        }
    }

    /** Without demand too: whoever waits for nothing should know. */
    private void endFailed() {
        PartitionFetch failed = null;
        for (PartitionFetch partition : turns) {
            if (failed == null && !partition.hasReceived() && partition.failure() != null) {
                failed = partition;
            }
        }
        if (failed != null) {
            endIfFailed(failed); // clears the turns
        }
    }

    private void endIfFailed(PartitionFetch partition) {
        PenstockException failure = partition.failure();
        if (failure != null) {
            terminate(failure);
        }
    }

    private void terminate(Throwable error) {
        if (!ended) {
            try {
                end();
            } finally {
                actual.onError(error);
            }
        }
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        work.dispose();
        emitter.close();
        partitions.values().forEach(PartitionFetch::end);
        turns.clear();
        inTurns.clear();
        onEnded.run();
    }

    Map<TopicPartition, Position> positions() {
        Map<TopicPartition, Position> positions = new HashMap<>();
        partitions.forEach((key, partition) -> positions.put(key, partition.snapshot()));
        return Map.copyOf(positions);
    }

    // what the partitions need

    @Override
    public void execute(Runnable task) {
        serial.execute(() -> {
            try {
                task.run();
            } catch (Throwable broken) {
                terminate(broken);
            }
        });
    }

    /** On a worker; when there are none any more, here: what follows is the end, and ends do not block. */
    private void onWorker(Runnable task) {
        try {
            shared.runtime().workers().schedule(task);
        } catch (RejectedExecutionException ended) {
            task.run();
        }
    }

    @Override
    public Disposable executeLater(Runnable task, Duration delay) {
        try {
            return shared.runtime().timers().schedule(() -> execute(task), delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            return Disposables.disposed();
        }
    }

    @Override
    public Mono<BrokerSession> session(int brokerId) {
        return shared.metadata().broker(brokerId);
    }

    @Override
    public WindowPlan plan() {
        return plan;
    }

    @Override
    public long elementsPerStream() {
        return shared.elementsPerStream();
    }

    @Override
    public Duration backoff(int failures) {
        return shared.backoff().after(failures, shared.runtime().random());
    }

    @Override
    public void emit(ConsumerEvent event) {
        shared.events().emit(event);
    }
}

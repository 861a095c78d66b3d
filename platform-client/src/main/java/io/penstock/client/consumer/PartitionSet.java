package io.penstock.client.consumer;

import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.BrokerSession;
import io.penstock.client.connection.EventStream;
import io.penstock.client.group.CommitWaiter;
import io.penstock.client.group.Deliveries;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.Topics;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.runtime.SerialExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

/**
 * The partitions of one subscription: which they are is the {@link PartitionSource}'s to say, what they hold is the
 * {@link Outlet}'s to give out. Everything happens in turn on one serial executor over the workers: what the network
 * says, what the metadata says, and what is given out.
 */
final class PartitionSet implements PartitionFetch.Owner {

    /** What the subscriptions of a consumer share. */
    record Shared(
            ConsumerOptions<?, ?> options,
            String clientName,
            ClusterMetadata metadata,
            Backoff backoff,
            NodeRuntime runtime,
            EventStream<ConsumerEvent> events,
            long elementsPerStream) {}

    /** Told of a subscription's end. */
    interface EndListener {

        /** Nothing more is given out. */
        void onEnded(PartitionSet partitions);

        /** Nothing is left of it: the group, if there is one, has been left. */
        void onGone(PartitionSet partitions);
    }

    private static final int VERSION = 1;

    private final Shared shared;
    private final EndListener endListener;
    private final Outlet outlet;
    private final PartitionSource source;
    private final StartOffsets startOffsets;
    private final SerialExecutor serial;
    private final Map<TopicPartition, PartitionFetch> partitions = new ConcurrentHashMap<>();
    private final Disposable.Composite work = Disposables.composite();
    private final Disposable.Swap watching = Disposables.swap();
    private final Sinks.Empty<Void> gone = Sinks.empty();
    /** Who waits to go on elsewhere, and where. */
    private final Map<MonoSink<Void>, TopicPartition> seeks = new LinkedHashMap<>();

    private final List<Question> questions = new ArrayList<>();

    private boolean ended;
    private boolean drainAtEnd;
    private WindowPlan plan;

    PartitionSet(Shared shared, Outlet outlet, EndListener endListener) {
        this.shared = shared;
        this.outlet = outlet;
        this.endListener = endListener;
        this.startOffsets = new StartOffsets(shared.metadata());
        this.serial = new SerialExecutor(shared.runtime().workers()::schedule);
        this.plan = WindowPlan.of(shared.options().window(), 1);
        GroupOptions group = shared.options().group();
        this.source = group == null ? new SubscribedTopics(this) : new AssignedPartitions(this, shared, group);
        work.add(watching);
    }

    ConsumerOptions<?, ?> options() {
        return shared.options();
    }

    // the subscription's life

    void begin() {
        source.begin();
    }

    /** The outlet is over. */
    void end() {
        if (ended) {
            return;
        }
        ended = true;
        work.dispose();
        partitions.values().forEach(PartitionFetch::end);
        endListener.onEnded(this);
        List.copyOf(seeks.keySet()).forEach(this::failSeek);
        source.end(drainAtEnd);
    }

    /** The source has nothing left to do. */
    void gone() {
        outlet.whenOver(() -> {
            gone.tryEmitEmpty();
            endListener.onGone(this);
        });
    }

    boolean isEnded() {
        return ended;
    }

    /** Ends the subscription with an error; completes when it is gone. */
    Mono<Void> abort(PenstockException why) {
        execute(() -> outlet.terminate(why));
        return gone.asMono();
    }

    /** Completes the subscription, and completes when what was handed out is drained and it is gone. */
    Mono<Void> close() {
        execute(() -> {
            drainAtEnd = true;
            outlet.terminate(null);
        });
        return gone.asMono();
    }

    /** Ends the subscription with an error, in turn. */
    void terminate(Throwable error) {
        outlet.terminate(error);
    }

    Map<TopicPartition, Position> positions() {
        Map<TopicPartition, Position> positions = new HashMap<>();
        partitions.forEach(
                (key, partition) -> positions.put(key, partition.snapshot(source.committedOffset(partition))));
        return Map.copyOf(positions);
    }

    // which partitions there are

    /** Watches topics, instead of those before. */
    void watch(Set<String> topics) {
        watching.update(shared.metadata()
                .watch(topics)
                .subscribe(
                        image -> execute(() -> onImage(image)),
                        error -> execute(() -> terminate(RSocketErrors.fromRSocket(error))),
                        null,
                        BrokerSession.QUIET));
    }

    /** Asks once which topics there are, and tells their ids in turn; null if there is no answer. */
    void listTopics(Consumer<@Nullable Set<UUID>> then) {
        Disposable.Swap asking = Disposables.swap();
        work.add(asking);
        asking.update(shared.metadata()
                .ask(Verb.LIST_TOPICS, new Topics.ListRequest(VERSION, false), Topics.ListResponse.class)
                .doFinally(signal -> work.remove(asking))
                .subscribe(
                        answer -> execute(() -> then.accept(answer.topics().stream()
                                .map(Topics.Listing::id)
                                .collect(Collectors.toUnmodifiableSet()))),
                        error -> execute(() -> then.accept(null)),
                        null,
                        BrokerSession.QUIET));
    }

    private void onImage(Metadata.Image image) {
        if (!ended) {
            image.topics().forEach(source::onTopic);
        }
    }

    void add(PartitionFetch partition) {
        partitions.put(partition.topicPartition(), partition);
        outlet.onAdded(partition);
        adaptPlan();
    }

    void remove(PartitionFetch partition) {
        if (partitions.remove(partition.topicPartition(), partition)) {
            outlet.onRemoved(partition);
            partition.end();
            adaptPlan();
        }
    }

    /** Nobody waits any more for what was given out of a partition. */
    void release(PartitionFetch partition) {
        outlet.onReleased(partition);
    }

    private void adaptPlan() {
        plan = WindowPlan.of(shared.options().window(), partitions.size());
        partitions.values().forEach(PartitionFetch::onPlanChanged);
    }

    @Nullable
    PartitionFetch get(TopicPartition key) {
        return partitions.get(key);
    }

    /** Those of a topic. */
    List<PartitionFetch> ofTopic(String name) {
        return partitions.values().stream()
                .filter(partition -> partition.topicPartition().topic().equals(name))
                .toList();
    }

    boolean outlives(PartitionFetch failed) {
        return source.outlives(failed);
    }

    // where they begin

    interface Resolved {

        void at(PartitionFetch partition, long offset);

        default void failed(PartitionFetch partition, PenstockException error) {
            partition.fail(error);
        }
    }

    /** A partition whose position is to become an offset. */
    private record Question(PartitionFetch partition, StartPosition position, int failures, Resolved then) {}

    /** Finds the offset that a position means now, again and again until it is known or can't be. */
    void resolve(PartitionFetch partition, StartPosition position, Resolved then) {
        ask(new Question(partition, StartOffsets.fix(position, shared.runtime().clock()), 0, then));
    }

    /** What is asked in one turn is asked together. */
    private void ask(Question question) {
        questions.add(question);
        if (questions.size() == 1) {
            execute(this::askAll);
        }
    }

    private void askAll() {
        Map<Integer, Map<TopicPartition, Question>> byLeader = new HashMap<>();
        List<Question> later = new ArrayList<>();
        for (Question question : questions) {
            PartitionFetch partition = question.partition;
            Question other = byLeader.computeIfAbsent(partition.leader(), leader -> new HashMap<>())
                    .putIfAbsent(partition.topicPartition(), question);
            if (other != null) {
                later.add(question); // an answer does not say which of two it is for
            }
        }
        questions.clear();
        byLeader.forEach(this::ask);
        later.forEach(this::ask);
    }

    private void ask(int leader, Map<TopicPartition, Question> asked) {
        Map<TopicPartition, StartPosition> positions = new HashMap<>();
        asked.forEach((partition, question) -> positions.put(partition, question.position));
        Disposable.Swap asking = Disposables.swap();
        work.add(asking);
        asking.update(startOffsets
                .resolve(leader, positions)
                .doFinally(signal -> work.remove(asking))
                .subscribe(
                        found -> execute(() -> asked.forEach((key, question) -> onFound(question, found.get(key)))),
                        error -> execute(() -> {
                            PenstockException why = RSocketErrors.fromRSocket(error);
                            asked.values().forEach(question -> onUnresolved(question, why));
                        }),
                        null,
                        BrokerSession.QUIET));
    }

    private void onFound(Question question, StartOffsets.@Nullable Found found) {
        PartitionFetch partition = question.partition;
        if (found == null) {
            onUnresolved(
                    question,
                    new PenstockException(
                            ErrorCode.INVALID_REQUEST, partition.topicPartition() + ": the broker gave no answer"));
        } else if (found.error() != null) {
            onUnresolved(question, found.error());
        } else if (ended || partition.isEnded()) {
            question.then.failed(partition, notRead(partition.topicPartition()));
        } else {
            question.then.at(partition, found.offset());
        }
    }

    static PenstockException notRead(TopicPartition partition) {
        return new PenstockException(
                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partition + " is not read now: nothing can be sought in it");
    }

    private void onUnresolved(Question question, PenstockException error) {
        PartitionFetch partition = question.partition;
        if (ended || partition.isEnded()) {
            question.then.failed(partition, notRead(partition.topicPartition()));
            return;
        }
        if (!Backoff.canHelp(error)) {
            question.then.failed(partition, error);
            return;
        }
        int failures = question.failures + 1;
        Duration pause = backoff(failures);
        emit(new ConsumerEvent.Interrupted(
                partition.topicPartition(), -1, pause, error.code() + ": " + error.getMessage()));
        executeLater(() -> ask(new Question(partition, question.position, failures, question.then)), pause);
    }

    /** Begins to read. */
    void start(PartitionFetch partition, long offset, Deliveries deliveries) {
        emit(new ConsumerEvent.Started(partition.topicPartition(), offset));
        partition.start(offset, deliveries);
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
        resolve(partition, position, (of, offset) -> {
            emit(new ConsumerEvent.Reset(of.topicPartition(), from, offset));
            of.reset(offset, () -> source.deliveriesFrom(of, offset));
        });
    }

    // what a user asks of a running subscription

    /** Goes on elsewhere; completes when nothing from before is given out any more. */
    Mono<Void> seek(TopicPartition key, StartPosition position) {
        return Mono.create(sink -> execute(() -> seek(key, position, sink)));
    }

    private void seek(TopicPartition key, StartPosition position, MonoSink<Void> sink) {
        PartitionFetch partition = partitions.get(key);
        if (ended || partition == null) {
            sink.error(notRead(key));
            return;
        }
        seeks.put(sink, key);
        resolve(partition, position, new Resolved() {
            @Override
            public void at(PartitionFetch of, long offset) {
                outlet.onRestarted(of);
                of.seek(offset, source.deliveriesFrom(of, offset));
                seeks.remove(sink);
                sink.success();
            }

            @Override
            public void failed(PartitionFetch of, PenstockException error) {
                if (seeks.remove(sink) != null) {
                    sink.error(error);
                }
            }
        });
    }

    private void failSeek(MonoSink<Void> sink) {
        TopicPartition key = seeks.remove(sink);
        if (key != null) {
            sink.error(notRead(key));
        }
    }

    /** Commits what is finished. */
    Mono<Void> commit() {
        return Mono.create(sink -> execute(() -> source.commit(settle(sink))));
    }

    private static CommitWaiter settle(MonoSink<Void> sink) {
        return error -> {
            if (error == null) {
                sink.success();
            } else {
                sink.error(error);
            }
        };
    }

    // what the partitions need

    @Override
    public void execute(Runnable task) {
        serial.execute(() -> {
            try {
                task.run();
            } catch (Throwable broken) {
                outlet.terminate(broken);
            }
        });
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
    public Disposable repeatBeside(Runnable task, Duration interval) {
        try {
            long millis = interval.toMillis();
            return shared.runtime().timers().schedulePeriodically(task, millis, millis, TimeUnit.MILLISECONDS);
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
        EventLog.write(event);
        shared.events().emit(event);
    }

    @Override
    public void onNews(PartitionFetch partition) {
        outlet.onNews(partition);
    }
}

package io.penstock.client.producer;

import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.BrokerSession;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.client.metadata.TopicView;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Outcome;
import io.penstock.core.model.TopicNames;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.runtime.NodeRuntime;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * The topics that a producer has met. One that is not known is asked for, and created if the broker's policy allows;
 * after retriable errors it is asked for again as long as a record waits for it. Those that are known are watched: partitions
 * that are added are used. Safe for any thread.
 */
final class ProducerTopics {

    private static final Duration WATCH_DELAY = Duration.ofMillis(50);

    private final ClusterMetadata metadata;
    private final Lanes lanes;
    private final Accumulator accumulator;
    private final Backoff backoff;
    private final NodeRuntime runtime;
    private final ConcurrentHashMap<String, ProducerTopic> topics = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, AtomicInteger> refreshing = new ConcurrentHashMap<>();
    private final AtomicBoolean isWatchDue = new AtomicBoolean();
    private final Disposable.Swap watching = Disposables.swap();
    private volatile boolean closed;

    ProducerTopics(
            ClusterMetadata metadata, Lanes lanes, Accumulator accumulator, Backoff backoff, NodeRuntime runtime) {
        this.metadata = metadata;
        this.lanes = lanes;
        this.accumulator = accumulator;
        this.backoff = backoff;
        this.runtime = runtime;
    }

    /** A topic; begins to ask for it if it is new. */
    ProducerTopic get(String name) {
        ProducerTopic known = topics.get(name);
        if (known != null && !known.isRetired()) {
            return known;
        }
        ProducerTopic added = new ProducerTopic(name, runtime.random());
        ProducerTopic current =
                topics.compute(name, (same, other) -> other == null || other.isRetired() ? added : other);
        if (current != added) {
            return current;
        }
        try {
            TopicNames.check(name);
            load(added, 0);
        } catch (PenstockException invalid) {
            retire(added);
            fail(added, invalid);
        }
        return added;
    }

    private void load(ProducerTopic topic, int failures) {
        metadata.topic(topic.name(), true)
                .subscribe(
                        view -> {
                            apply(topic, view);
                            watchSoon();
                        },
                        error -> onLoadFailed(topic, failures + 1, RSocketErrors.fromRSocket(error)),
                        null,
                        BrokerSession.QUIET);
    }

    private void onLoadFailed(ProducerTopic topic, int failures, PenstockException error) {
        if (error.isRetriable()) {
            topic.troubled(error);
            later(backoff.after(failures, runtime.random()), () -> loadAgain(topic, failures));
            return;
        }
        fail(topic, error);
        // for a while, so that records that wait behind do not each begin anew
        later(backoff.max(), () -> retire(topic));
    }

    private void loadAgain(ProducerTopic topic, int failures) {
        if (topic.retireUnlessAwaited(runtime.nanoTime().getAsLong())) {
            topics.remove(topic.name(), topic);
        } else {
            load(topic, failures);
        }
    }

    private void retire(ProducerTopic topic) {
        topic.retire();
        topics.remove(topic.name(), topic);
    }

    private static void fail(ProducerTopic topic, PenstockException error) {
        topic.failed(new SendException(
                error.code(), Outcome.NOT_WRITTEN, topic.name(), -1, String.valueOf(error.getMessage()), error));
    }

    private void later(Duration pause, Runnable task) {
        try {
            runtime.timers().schedule(() -> runIfOpen(task), pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException ended) {
            closed = true;
        }
    }

    private void runIfOpen(Runnable task) {
        if (!closed) {
            task.run();
        }
    }

    private void apply(ProducerTopic topic, TopicView view) {
        PartitionQueue[] queues = topic.know(view, accumulator);
        boolean leaderless = false;
        for (Metadata.PartitionImage image : view.partitions()) {
            PartitionQueue queue = queues[image.partition()];
            if (image.leaderEpoch() < queue.leaderEpoch()) {
                continue; // an old image
            }
            int leader = image.leader();
            leaderless |= leader < 0;
            Lane lane = leader < 0 ? null : lanes.of(leader, topic.name(), image.partition());
            queue.follow(leader, image.leaderEpoch(), lane);
        }
        if (leaderless) {
            refresh(topic);
        } else {
            refreshing.remove(topic.name());
        }
    }

    /** From now on follows the topics that are known by then; a moment later, since they may be many. */
    private void watchSoon() {
        if (isWatchDue.compareAndSet(false, true)) {
            later(WATCH_DELAY, this::watch);
        }
    }

    private void watch() {
        isWatchDue.set(false);
        Set<String> names = topics.values().stream()
                .filter(topic -> topic.queues() != null)
                .map(ProducerTopic::name)
                .collect(Collectors.toUnmodifiableSet());
        watching.update(metadata.watch(names).subscribe(this::onImage, error -> {}, null, BrokerSession.QUIET));
    }

    private void onImage(Metadata.Image image) {
        for (Metadata.TopicImage each : image.topics()) {
            ProducerTopic topic = topics.get(each.name());
            if (topic != null) {
                onImage(topic, each);
            }
        }
    }

    private void onImage(ProducerTopic topic, Metadata.TopicImage image) {
        TopicView view;
        try {
            view = ClusterMetadata.view(image);
        } catch (PenstockException error) {
            onStale(topic, error.code());
            return;
        }
        apply(topic, view);
    }

    /** Asks again who leads, after a pause that grows while the answer does not help; one question at a time. */
    void refresh(ProducerTopic topic) {
        AtomicInteger failures = refreshing.computeIfAbsent(topic.name(), name -> new AtomicInteger());
        int failed = failures.incrementAndGet();
        later(
                backoff.after(failed, runtime.random()),
                () -> metadata.topic(topic.name(), false)
                        .subscribe(
                                view -> apply(topic, view),
                                error -> onRefreshFailed(topic, error),
                                null,
                                BrokerSession.QUIET));
    }

    /** Asks for a topic once, and calls when the answer has been taken over, or there is none. */
    void askAgain(ProducerTopic topic, Runnable then) {
        metadata.topic(topic.name(), false)
                .subscribe(
                        view -> {
                            apply(topic, view);
                            then.run();
                        },
                        error -> then.run(),
                        null,
                        BrokerSession.QUIET);
    }

    /** Called for an answer that says that the metadata is old. */
    void onStale(ProducerTopic topic, ErrorCode code) {
        if (code.isRefreshMetadata() && !refreshing.containsKey(topic.name())) {
            refresh(topic);
        }
    }

    private void onRefreshFailed(ProducerTopic topic, Throwable error) {
        PenstockException failure = RSocketErrors.fromRSocket(error);
        if (failure.code() == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
            // deleted: the next record asks anew, and may create it
            refreshing.remove(topic.name());
            retire(topic);
        } else if (Backoff.canHelp(failure)) {
            refresh(topic);
        } else {
            // until the next answer that says that the metadata is old
            refreshing.remove(topic.name());
        }
    }

    void close() {
        closed = true;
        watching.dispose();
    }
}

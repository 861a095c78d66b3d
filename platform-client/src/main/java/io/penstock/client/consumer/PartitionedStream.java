package io.penstock.client.consumer;

import io.penstock.core.runtime.Demand;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * Each partition of a subscription for a subscriber of its own. Everything happens in turn with the
 * {@link PartitionSet}; only demand, subscriptions and cancellations come in from elsewhere, as marks or as tasks.
 */
final class PartitionedStream<K, V> implements Subscription, Outlet {

    private final CoreSubscriber<? super PartitionRecords<K, V>> actual;
    private final ConsumerOptions<K, V> options;
    private final PartitionSet partitions;
    private final Demand requested = new Demand();
    private final Map<PartitionFetch, Records> records = new LinkedHashMap<>();
    private final ArrayDeque<Records> waiting = new ArrayDeque<>();
    private boolean started;
    private boolean ended;

    PartitionedStream(
            CoreSubscriber<? super PartitionRecords<K, V>> actual,
            ConsumerOptions<K, V> options,
            PartitionSet.Shared shared,
            PartitionSet.EndListener endListener) {
        this.actual = actual;
        this.options = options;
        this.partitions = new PartitionSet(shared, this, endListener);
    }

    PartitionSet partitions() {
        return partitions;
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            IllegalArgumentException illegal = Demand.refused(n);
            partitions.execute(() -> terminate(illegal));
            return;
        }
        requested.add(n);
        partitions.execute(this::drain);
    }

    @Override
    public void cancel() {
        partitions.execute(() -> end(null));
    }

    private void drain() {
        if (ended) {
            return;
        }
        if (!started) {
            started = true;
            partitions.begin();
        }
        while (!ended && requested.get() > 0 && !waiting.isEmpty()) {
            Records next = waiting.poll();
            requested.given(1);
            actual.onNext(new PartitionRecords<>(next.partition.topicPartition(), next));
        }
    }

    @Override
    public void onAdded(PartitionFetch partition) {
        Records added = new Records(partition);
        records.put(partition, added);
        waiting.add(added);
        drain();
    }

    @Override
    public void onNews(PartitionFetch partition) {
        Records of = records.get(partition);
        if (of != null) {
            of.queueDrain();
        }
    }

    @Override
    public void onRestarted(PartitionFetch partition) {
        Records of = records.get(partition);
        if (of != null) {
            of.emitter.close();
        }
    }

    @Override
    public void onRemoved(PartitionFetch partition) {
        Records of = records.remove(partition);
        if (of != null) {
            waiting.remove(of);
            of.end(null);
        }
    }

    @Override
    public void terminate(@Nullable Throwable error) {
        if (end(error)) {
            if (error != null) {
                actual.onError(error);
            } else {
                actual.onComplete();
            }
        }
    }

    private boolean end(@Nullable Throwable error) {
        if (ended) {
            return false;
        }
        ended = true;
        waiting.clear();
        List<Records> open = List.copyOf(records.values());
        records.clear();
        partitions.end();
        open.forEach(of -> of.end(error));
        return true;
    }

    /** One partition's. */
    private final class Records extends Flux<ConsumerRecord<K, V>> implements Subscription {

        private final PartitionFetch partition;
        private final RecordEmitter<K, V> emitter = new RecordEmitter<>(options);
        private final AtomicBoolean subscribed = new AtomicBoolean();
        private final AtomicBoolean drainQueued = new AtomicBoolean();
        private final Demand demand = new Demand();
        private volatile @Nullable CoreSubscriber<? super ConsumerRecord<K, V>> subscriber;
        private volatile boolean cancelled;
        private boolean over;
        private @Nullable Throwable error;

        Records(PartitionFetch partition) {
            this.partition = partition;
        }

        @Override
        public void subscribe(CoreSubscriber<? super ConsumerRecord<K, V>> to) {
            if (!subscribed.compareAndSet(false, true)) {
                Operators.error(
                        to, new IllegalStateException(partition.topicPartition() + " has a subscriber already"));
                return;
            }
            to.onSubscribe(this);
            partitions.execute(() -> accept(to));
        }

        private void accept(CoreSubscriber<? super ConsumerRecord<K, V>> to) {
            subscriber = to;
            if (over) {
                signalEnd();
            } else {
                drain();
            }
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                IllegalArgumentException illegal = Demand.refused(n);
                partitions.execute(() -> {
                    end(illegal);
                    partition.end();
                });
                return;
            }
            demand.add(n);
            queueDrain();
        }

        @Override
        public void cancel() {
            cancelled = true;
            partitions.execute(this::stop);
        }

        /** Nothing more is read of the partition; it stays where it is assigned. */
        private void stop() {
            if (!over) {
                over = true;
                emitter.close();
                partition.end();
            }
        }

        void queueDrain() {
            if (drainQueued.compareAndSet(false, true)) {
                partitions.execute(this::drain);
            }
        }

        private void drain() {
            drainQueued.set(false);
            CoreSubscriber<? super ConsumerRecord<K, V>> to = subscriber;
            if (over || to == null) {
                failIfFailed();
                return;
            }
            long emitted = 0;
            while (!over && !cancelled && emitted < demand.get() && partition.isReady()) {
                ConsumerRecord<K, V> next = emitter.next(partition);
                if (next != null) {
                    to.onNext(next);
                    emitted++;
                }
            }
            if (emitted > 0) {
                long given = emitted;
                demand.given(given);
            }
            failIfFailed();
        }

        private void failIfFailed() {
            Throwable failure = partition.failure();
            if (failure != null && !over && !partition.hasReceived() && !partitions.outlives(partition)) {
                terminate(failure);
            }
        }

        void end(@Nullable Throwable with) {
            if (!over) {
                over = true;
                error = with;
                emitter.close();
                signalEnd();
            }
        }

        private void signalEnd() {
            CoreSubscriber<? super ConsumerRecord<K, V>> to = subscriber;
            if (to == null || cancelled) {
                return;
            }
            Throwable with = error;
            if (with != null) {
                to.onError(with);
            } else {
                to.onComplete();
            }
        }
    }
}

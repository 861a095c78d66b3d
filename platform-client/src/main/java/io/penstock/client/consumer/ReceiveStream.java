package io.penstock.client.consumer;

import io.penstock.core.error.PenstockException;
import io.penstock.core.runtime.Demand;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/**
 * All partitions of a subscription merged for one subscriber. The drain loop takes from the partitions that have
 * something in turn, batch by batch, as far as the subscriber has asked. Everything happens in turn with the
 * {@link PartitionSet}; only demand and cancellation come in from elsewhere, as marks.
 */
final class ReceiveStream<T> implements Subscription, Outlet {

    private final CoreSubscriber<? super T> actual;
    private final Emitter<T> emitter;
    private final PartitionSet partitions;

    private final Demand requested = new Demand();
    private final AtomicBoolean drainQueued = new AtomicBoolean();
    private final ArrayDeque<PartitionFetch> turns = new ArrayDeque<>();
    private final Set<PartitionFetch> inTurns = new HashSet<>();

    private volatile boolean cancelled;
    private volatile @Nullable Throwable violation;
    private boolean started;
    private boolean ended;

    ReceiveStream(
            CoreSubscriber<? super T> actual,
            Emitter<T> emitter,
            PartitionSet.Shared shared,
            PartitionSet.EndListener endListener) {
        this.actual = actual;
        this.emitter = emitter;
        this.partitions = new PartitionSet(shared, this, endListener);
    }

    PartitionSet partitions() {
        return partitions;
    }

    // demand

    @Override
    public void request(long n) {
        if (n <= 0) {
            violation = Demand.refused(n);
        } else {
            requested.add(n);
        }
        queueDrain();
    }

    @Override
    public void cancel() {
        cancelled = true;
        queueDrain();
    }

    private void queueDrain() {
        if (drainQueued.compareAndSet(false, true)) {
            partitions.execute(this::drain);
        }
    }

    // the drain loop

    @Override
    public void onAdded(PartitionFetch partition) {}

    @Override
    public void onNews(PartitionFetch partition) {
        if (inTurns.add(partition)) {
            turns.add(partition);
        }
        queueDrain();
    }

    @Override
    public void onRestarted(PartitionFetch partition) {
        onRemoved(partition);
    }

    @Override
    public void onRemoved(PartitionFetch partition) {
        if (turns.peek() == partition) {
            emitter.close(); // it may be in the middle of a batch
        }
        if (inTurns.remove(partition)) {
            turns.remove(partition);
        }
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
            started = true;
            partitions.begin();
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
        requested.given(emitted);
    }

    private void endTurn(PartitionFetch partition) {
        turns.poll();
        if (partition.isReady()) {
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
            endIfFailed(failed); // clears the turns, or the partition goes alone
            queueDrain();
        }
    }

    private void endIfFailed(PartitionFetch partition) {
        PenstockException failure = partition.failure();
        if (failure != null && !partition.hasReceived() && !partitions.outlives(partition)) {
            terminate(failure);
        }
    }

    @Override
    public void terminate(@Nullable Throwable error) {
        if (!ended) {
            try {
                end();
            } finally {
                if (error != null) {
                    actual.onError(error);
                } else {
                    actual.onComplete();
                }
            }
        }
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        emitter.close();
        turns.clear();
        inTurns.clear();
        partitions.end();
    }
}

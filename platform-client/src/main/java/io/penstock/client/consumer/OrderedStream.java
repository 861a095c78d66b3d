package io.penstock.client.consumer;

import io.penstock.client.group.GroupOptions;
import io.penstock.core.error.PenstockException;
import io.penstock.core.runtime.Demand;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.util.context.Context;

/**
 * All partitions of a subscription for a handler that is called for many records at the same time, and for one of a key.
 * What is taken from the partitions stands in {@link KeyLanes} until it is finished; a free place there is the demand.
 * Everything happens in turn with the {@link PartitionSet}, the handler's calls too; only the ends of what the handler
 * returned, and a cancellation, come in from elsewhere, as marks.
 */
final class OrderedStream<K, V> implements Subscription, Outlet {

    /** What is done with records. */
    record Handling<K, V>(
            OrderedOptions options,
            Function<? super ConsumerRecord<K, V>, ? extends Publisher<?>> handler,
            DeadLetterSender deadLetters) {}

    private final CoreSubscriber<? super Void> actual;
    private final ConsumerOptions<K, V> consumerOptions;
    private final Handling<K, V> handling;
    private final RandomGenerator random;
    private final PartitionSet partitions;
    private final KeyLanes<OrderedRecord<K, V>> lanes;
    private final Map<PartitionFetch, OrderedIntake<K, V>> intakes = new HashMap<>();
    private final ArrayDeque<OrderedIntake<K, V>> turns = new ArrayDeque<>();

    private final AtomicReference<@Nullable OrderedRecord<K, V>> settled = new AtomicReference<>();
    private final AtomicBoolean runQueued = new AtomicBoolean();
    private volatile boolean cancelled;
    private boolean isTakingOver;
    private boolean over;
    private Runnable onOver = () -> {};

    OrderedStream(
            CoreSubscriber<? super Void> actual,
            ConsumerOptions<K, V> consumerOptions,
            Handling<K, V> handling,
            PartitionSet.Shared shared,
            PartitionSet.EndListener endListener) {
        this.actual = actual;
        this.consumerOptions = consumerOptions;
        this.handling = handling;
        this.random = shared.runtime().random();
        this.partitions = new PartitionSet(shared, this, endListener);
        OrderedOptions options = handling.options();
        this.lanes =
                new KeyLanes<>(new KeyLanes.Bounds(options.lanes(), options.maxInFlight(), options.maxInFlightBytes()));
    }

    PartitionSet partitions() {
        return partitions;
    }

    // the subscriber

    void start() {
        partitions.execute(() -> {
            if (!over && !cancelled && !isTakingOver) {
                partitions.begin();
            }
        });
    }

    /** There is nothing to ask for. */
    @Override
    public void request(long n) {
        if (n <= 0) {
            IllegalArgumentException illegal = Demand.refused(n);
            partitions.execute(() -> terminate(illegal));
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        queueRun();
    }

    private void queueRun() {
        if (runQueued.compareAndSet(false, true)) {
            partitions.execute(this::run);
        }
    }

    // the partitions

    @Override
    public void onAdded(PartitionFetch partition) {}

    @Override
    public void onNews(PartitionFetch partition) {
        if (isTakingOver || over) {
            return;
        }
        enterTurns(intakes.computeIfAbsent(
                partition, of -> new OrderedIntake<>(of, this, new RecordWalk<>(consumerOptions))));
        endIfFailed(partition);
    }

    private void enterTurns(OrderedIntake<K, V> intake) {
        if (intake.enterTurns()) {
            turns.add(intake);
        }
        queueRun();
    }

    @Override
    public void onRestarted(PartitionFetch partition) {
        onRemoved(partition);
        drop(partition);
    }

    @Override
    public void onRemoved(PartitionFetch partition) {
        OrderedIntake<K, V> intake = intakes.remove(partition);
        if (intake != null) {
            intake.close();
            turns.remove(intake);
        }
    }

    @Override
    public void onReleased(PartitionFetch partition) {
        drop(partition);
        queueRun();
    }

    /** Another one handles what is left of it. */
    private void drop(PartitionFetch partition) {
        lanes.remove(record -> record.intake().partition() == partition).forEach(OrderedRecord::cancel);
    }

    private void endIfFailed(PartitionFetch partition) {
        PenstockException failure = partition.failure();
        if (failure != null && !partition.hasReceived() && !partitions.outlives(partition)) {
            terminate(failure);
        }
    }

    // the loop

    private void run() {
        runQueued.set(false);
        if (cancelled) {
            stop();
        }
        while (!over) {
            settle();
            takeIn();
            begin();
            if (over || settled.get() == null) {
                break;
            }
        }
        if (isTakingOver && !over && lanes.isEmpty()) {
            terminate(null);
        }
    }

    private void settle() {
        OrderedRecord<K, V> record = settled.getAndSet(null);
        while (record != null && !over) {
            OrderedRecord<K, V> next = record.settledBefore();
            record.setSettledBefore(null);
            record.onSettled();
            record = next;
        }
    }

    private void takeIn() {
        while (!over && !turns.isEmpty() && lanes.hasRoom()) {
            OrderedIntake<K, V> intake = turns.peek();
            OrderedIntake.Taken taken = intake.take(lanes);
            if (taken != OrderedIntake.Taken.RECORD) {
                turns.poll();
                intake.leaveTurns();
                if (taken == OrderedIntake.Taken.BATCH_END) {
                    endBatch(intake);
                }
            }
        }
    }

    private void endBatch(OrderedIntake<K, V> intake) {
        if (intake.partition().isReady()) {
            enterTurns(intake);
        } else {
            endIfFailed(intake.partition());
        }
    }

    private void begin() {
        while (!over && !cancelled) {
            OrderedRecord<K, V> record = lanes.next();
            if (record == null) {
                return;
            }
            record.begin();
        }
    }

    // what the records need, in turn

    OrderedOptions options() {
        return handling.options();
    }

    /** Whether a record's bytes may be wanted once more. */
    boolean keepsBytes() {
        return options().onFailure() instanceof OnFailure.ToDeadLetterTopic;
    }

    @Nullable
    String group() {
        GroupOptions group = consumerOptions.group();
        return group == null ? null : group.groupId();
    }

    Publisher<?> handle(ConsumerRecord<K, V> record) {
        return handling.handler().apply(record);
    }

    Publisher<?> send(DeadLetter letter) {
        return handling.deadLetters().send(letter);
    }

    void suspend(OrderedRecord<K, V> record) {
        lanes.suspend(record);
    }

    void resume(OrderedRecord<K, V> record) {
        lanes.resume(record);
        queueRun();
    }

    void finish(OrderedRecord<K, V> record) {
        lanes.finish(record);
        OrderedIntake<K, V> intake = record.intake();
        if (intake.isHeldUp()) {
            enterTurns(intake);
        }
    }

    void emit(ConsumerEvent event) {
        partitions.emit(event);
    }

    Duration backoff(int failures) {
        return partitions.backoff(failures);
    }

    RandomGenerator random() {
        return random;
    }

    Disposable executeLater(Runnable task, Duration delay) {
        return partitions.executeLater(task, delay);
    }

    // from anywhere

    /** What a record has subscribed to has ended. */
    void onSettled(OrderedRecord<K, V> record) {
        OrderedRecord<K, V> before;
        do {
            before = settled.get();
            record.setSettledBefore(before);
        } while (!settled.compareAndSet(before, record));
        queueRun();
    }

    Context context() {
        return actual.currentContext();
    }

    // the end

    /** In order, it waits for what was taken. */
    @Override
    public void terminate(@Nullable Throwable error) {
        if (over) {
            return;
        }
        if (error == null && !lanes.isEmpty()) {
            stopTaking();
            return;
        }
        try {
            stop();
        } finally {
            if (error != null) {
                actual.onError(error);
            } else {
                actual.onComplete();
            }
        }
    }

    private void stop() {
        if (!over) {
            over = true;
            try {
                lanes.remove(record -> true).forEach(OrderedRecord::cancel);
            } finally {
                stopTaking();
                onOver.run();
            }
        }
    }

    @Override
    public void whenOver(Runnable then) {
        if (over) {
            then.run();
        } else {
            onOver = then;
        }
    }

    private void stopTaking() {
        if (!isTakingOver) {
            isTakingOver = true;
            intakes.values().forEach(OrderedIntake::close);
            intakes.clear();
            turns.clear();
            partitions.end();
        }
    }
}

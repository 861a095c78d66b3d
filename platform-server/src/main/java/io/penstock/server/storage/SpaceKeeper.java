package io.penstock.server.storage;

import io.netty.buffer.PooledByteBufAllocator;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.CleanableRange;
import io.penstock.core.log.LogCompaction;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.compaction.CompactionRules;
import io.penstock.core.log.compaction.OffsetMap;
import io.penstock.server.metadata.TopicSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * Looks after the space of all partitions: deletes what is too old or too much, and compacts the log that needs it most,
 * one at a time, in steps with pauses between them that keep it to its rate. All on one worker; the timers only wake it.
 */
public final class SpaceKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(SpaceKeeper.class);
    private static final long STEP_BYTES = 1 << 20;

    /** A compaction under way. */
    private record Run(Partition partition, LogCompaction compaction, long startNanos) {}

    private record Candidate(Partition partition, PartitionLog log, CleanableRange range, CompactionRules rules) {}

    private final Supplier<List<Partition>> partitions;
    private final StorageContext context;
    private final SpaceLimits limits;
    private final Executor worker;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final Disposable.Composite waking = Disposables.composite();
    private final Disposable.Swap next = Disposables.swap();

    // touched by the worker alone
    private final Map<Partition, TopicSettings> uncleanable = new HashMap<>();
    private @Nullable Run run;

    private volatile boolean isClosed;

    /**
     * @param partitions all that the broker has now
     * @param context its events are told on the worker
     * @param worker runs one task at a time, in order, and may block
     * @param nanoTime in nanoseconds, never goes back
     * @param random for the secret under which keys are compared
     */
    public SpaceKeeper(
            Supplier<List<Partition>> partitions,
            StorageContext context,
            SpaceLimits limits,
            Executor worker,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.partitions = partitions;
        this.context = context;
        this.limits = limits;
        this.worker = worker;
        this.nanoTime = nanoTime;
        this.random = random;
    }

    /** Begins to look, first after the interval. */
    public void start() {
        long interval = limits.retentionInterval().toMillis();
        waking.add(context.timers()
                .schedulePeriodically(
                        () -> worker.execute(this::retainAll), interval, interval, TimeUnit.MILLISECONDS));
        waking.add(next);
        // on the worker, where all others are made: a timer that is over at once would have its successor disposed of
        worker.execute(() -> compactIn(limits.compactionBackoff()));
    }

    /** Deletes what is too old or too much, and forgets silent producers, of all partitions, now. Blocks; on the worker. */
    void retainAll() {
        for (Partition partition : partitions.get()) {
            if (isClosed) {
                return;
            }
            try {
                tell(partition.retain(context.clock().millis()));
                partition.expireProducers(context.clock().millis(), limits.producerIdExpirationMs());
            } catch (RuntimeException e) {
                LOG.warn("Retention of {} failed; it will be tried again: {}", partition, e.toString());
            }
        }
    }

    /**
     * Deletes the first records of a partition, on request. Blocks; from any thread.
     *
     * @return the first offset that is left
     */
    public long deleteRecords(Partition partition, long beforeOffset) {
        StorageEvent.RecordsDeleted deleted = partition.deleteRecords(beforeOffset);
        tell(deleted);
        return deleted.logStartOffset();
    }

    private void tell(StorageEvent.@Nullable RecordsDeleted deleted) {
        if (deleted != null) {
            context.events().accept(deleted);
        }
    }

    private void compactIn(Duration delay) {
        if (!isClosed) {
            next.update(context.timers()
                    .schedule(() -> worker.execute(this::compactOn), delay.toNanos(), TimeUnit.NANOSECONDS));
        }
    }

    /** Begins a compaction if none is under way, or does a step of it. */
    private void compactOn() {
        if (isClosed) {
            endRun();
            return;
        }
        Run current = run;
        if (current == null) {
            try {
                run = begin();
            } catch (RuntimeException e) {
                LOG.warn("No compaction could begin; it will be tried again: {}", e.toString());
            }
            compactIn(run == null ? limits.compactionBackoff() : Duration.ZERO);
            return;
        }
        long startNanos = nanoTime.getAsLong();
        long bytes = 0;
        try {
            bytes = step(current);
        } catch (RuntimeException e) {
            failed(current, e);
        }
        long spentNanos = nanoTime.getAsLong() - startNanos;
        compactIn(Duration.ofNanos(Math.max(0, nanosFor(bytes) - spentNanos)));
    }

    private long nanosFor(long bytes) {
        return (long) (bytes * (double) TimeUnit.SECONDS.toNanos(1) / limits.bytesPerSecond());
    }

    private long step(Run current) {
        LogCompaction compaction = current.compaction;
        long bytes = compaction.work(STEP_BYTES);
        context.metrics().compacted(bytes);
        if (compaction.isSwapDue()) {
            current.partition.swap(compaction);
        }
        if (compaction.isDone()) {
            current.partition.noteCompactedTo(compaction.cleanedTo());
            context.events()
                    .accept(new StorageEvent.LogCompacted(
                            current.partition.name(),
                            compaction.result(),
                            Duration.ofNanos(nanoTime.getAsLong() - current.startNanos)));
            endRun();
        }
        return bytes;
    }

    private void failed(Run current, RuntimeException e) {
        endRun();
        if (current.partition.failure() != null) {
            // closed or deleted, or somebody else has told of it
            return;
        }
        uncleanable.put(current.partition, current.partition.settings());
        LOG.warn("{} can't be compacted", current.partition, e);
        context.events()
                .accept(new StorageEvent.CompactionFailed(current.partition.name(), String.valueOf(e.getMessage())));
    }

    /** The partition that needs it most. */
    private @Nullable Run begin() {
        long nowMs = context.clock().millis();
        uncleanable.entrySet().removeIf(entry -> entry.getKey().settings() != entry.getValue());
        Candidate dirtiest = null;
        for (Partition partition : partitions.get()) {
            Candidate candidate = candidate(partition, nowMs);
            if (candidate != null && (dirtiest == null || candidate.range.dirtyRatio() > dirtiest.range.dirtyRatio())) {
                dirtiest = candidate;
            }
        }
        return dirtiest == null ? null : begin(dirtiest, nowMs);
    }

    private @Nullable Candidate candidate(Partition partition, long nowMs) {
        TopicSettings settings = partition.settings();
        if (!settings.isCompacting() || uncleanable.containsKey(partition)) {
            return null;
        }
        CompactionRules rules = new CompactionRules(
                settings.get(TopicSettings.DELETE_RETENTION_MS),
                settings.get(TopicSettings.MIN_COMPACTION_LAG_MS),
                limits.producerIdExpirationMs());
        try {
            partition.rollIfDue(nowMs);
            PartitionLog log = partition.log();
            CleanableRange range =
                    CleanableRange.of(log.extents(), log.snapshot(), partition.compactedTo(), rules, nowMs);
            boolean isDue =
                    !range.isEmpty() && range.dirtyRatio() >= settings.get(TopicSettings.MIN_CLEANABLE_DIRTY_RATIO);
            return isDue ? new Candidate(partition, log, range, rules) : null;
        } catch (PenstockException e) {
            LOG.debug("{} can't be looked at for compaction", partition, e);
            return null;
        }
    }

    private Run begin(Candidate candidate, long nowMs) {
        candidate.partition.prepareCompaction();
        CleanableRange range = candidate.range;
        OffsetMap map =
                new OffsetMap(limits.mapBytes(), range.to() - range.from(), random.nextLong(), random.nextLong());
        LogCompaction compaction =
                candidate.log.newCompaction(range, candidate.rules, map, PooledByteBufAllocator.DEFAULT, nowMs);
        return new Run(candidate.partition, compaction, nanoTime.getAsLong());
    }

    private void endRun() {
        if (run != null) {
            run.compaction.close();
            run = null;
        }
    }

    /**
     * Looks no more, and gives a compaction up that is under way. Work starts on subscription; completes on the worker when
     * nothing of it is left.
     */
    public Mono<Void> close() {
        return Mono.create(done -> {
            isClosed = true;
            waking.dispose();
            worker.execute(() -> {
                endRun();
                done.success();
            });
        });
    }
}

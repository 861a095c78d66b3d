package io.penstock.server.storage;

import io.penstock.core.error.PenstockException;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the recovery points of the partitions of one volume, round after round, a few at a time: one whose fsync is slow holds
 * up neither the others nor the next round, and all together leave threads for those who wait for a flush. What is made is
 * written down when a lane is through, and at least at each beat.
 */
final class CheckpointRounds {

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointRounds.class);

    /** How many partitions are forced at the same time. */
    private static final int LANES = 4;

    private final Volume volume;
    private final Supplier<List<Partition>> partitions;
    private final Executor forcers;
    private final Queue<Partition> due = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lanes = new AtomicInteger();
    private final AtomicBoolean isStoring = new AtomicBoolean();

    /** @param partitions of the volume, now */
    CheckpointRounds(Volume volume, Supplier<List<Partition>> partitions, Executor forcers) {
        this.volume = volume;
        this.partitions = partitions;
        this.forcers = forcers;
    }

    /** Begins a round if the last one is over, but for partitions that hang. Does not block; one call at a time. */
    void beat() {
        if (due.isEmpty()) {
            for (Partition partition : partitions.get()) {
                if (partition.openLog() != null && partition.checkpoints().claim()) {
                    due.add(partition);
                }
            }
        }
        for (int more = Math.min(LANES - lanes.get(), due.size()); more > 0; more--) {
            lanes.incrementAndGet();
            forcers.execute(this::lane);
        }
        // what was made in a round that goes on, or when a log was closed
        if (isStoring.compareAndSet(false, true)) {
            forcers.execute(() -> {
                store();
                isStoring.set(false);
            });
        }
    }

    private void lane() {
        for (Partition next = due.poll(); next != null; next = due.poll()) {
            next.checkpoints().make();
        }
        lanes.decrementAndGet();
        store();
    }

    private void store() {
        try {
            volume.storePoints();
        } catch (IOException | PenstockException e) {
            LOG.warn("The recovery points of {} can't be written: {}", volume, e.toString());
        }
    }
}

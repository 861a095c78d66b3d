package io.penstock.server.storage;

import io.penstock.core.error.PenstockException;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the recovery points of the partitions of one volume, round after round, a few at a time: those whose fsync hangs hold
 * up neither the others nor the next round, and all together leave threads for those who wait for a flush. What is made is
 * written down when a lane is through, and at least at each beat.
 */
final class CheckpointRounds {

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointRounds.class);

    /** How many partitions are forced at the same time. */
    private static final int LANES = 4;

    /** A lane whose partition takes so many beats gives its place to another. */
    private static final int PATIENCE_BEATS = 2;

    /** How many lanes there may be, those that gave their places away included: four of the sixteen {@code io.force.threads} are left. */
    private static final int MAX_LANES = 12;

    private final Volume volume;
    private final Supplier<List<Partition>> partitions;
    private final Executor forcers;
    private final Queue<Partition> due = new ConcurrentLinkedQueue<>();
    private final Set<Lane> lanes = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isStoring = new AtomicBoolean();
    private volatile int beats;

    /** @param partitions of the volume, now */
    CheckpointRounds(Volume volume, Supplier<List<Partition>> partitions, Executor forcers) {
        this.volume = volume;
        this.partitions = partitions;
        this.forcers = forcers;
    }

    /** Begins a round if the last one is over, but for partitions that hang. Does not block; one call at a time. */
    void beat() {
        int now = beats + 1;
        beats = now;
        if (due.isEmpty()) {
            for (Partition partition : partitions.get()) {
                if (partition.openLog() != null && partition.checkpoints().claim()) {
                    due.add(partition);
                }
            }
        }
        long getOn = lanes.stream().filter(lane -> lane.getsOnAt(now)).count();
        long more = Math.min(Math.min(LANES - getOn, MAX_LANES - lanes.size()), due.size());
        for (; more > 0; more--) {
            Lane lane = new Lane(now);
            lanes.add(lane);
            forcers.execute(lane);
        }
        // what was made in a round that goes on, or when a log was closed
        if (isStoring.compareAndSet(false, true)) {
            forcers.execute(() -> {
                store();
                isStoring.set(false);
            });
        }
    }

    /** Takes partition after partition that is due. */
    private final class Lane implements Runnable {

        /** At which beat it came to the partition that it is at. */
        private volatile int since;

        Lane(int since) {
            this.since = since;
        }

        boolean getsOnAt(int beat) {
            return beat - since < PATIENCE_BEATS;
        }

        @Override
        public void run() {
            for (Partition next = due.poll(); next != null; next = due.poll()) {
                since = beats;
                next.checkpoints().make();
            }
            lanes.remove(this);
            store();
        }
    }

    private void store() {
        try {
            volume.storePoints();
        } catch (IOException | PenstockException e) {
            LOG.warn("The recovery points of {} can't be written: {}", volume, e.toString());
        }
    }
}

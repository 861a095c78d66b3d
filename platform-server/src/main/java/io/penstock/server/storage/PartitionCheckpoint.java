package io.penstock.server.storage;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes recovery points of one partition, one at a time, and lets the appender go on that waits for one. Safe for any thread. */
final class PartitionCheckpoint {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionCheckpoint.class);

    private final Partition partition;
    private final Executor forcers;
    private final AtomicBoolean isUnderWay = new AtomicBoolean();
    private final AtomicReference<@Nullable Runnable> waiting = new AtomicReference<>();

    PartitionCheckpoint(Partition partition, Executor forcers) {
        this.partition = partition;
        this.forcers = forcers;
    }

    /** Begins to make one on a thread that forces, unless one is under way. Does not block. */
    void begin() {
        if (claim()) {
            try {
                forcers.execute(this::makeAndStore);
            } catch (RejectedExecutionException e) {
                end(); // the broker stops, which makes one
            }
        }
    }

    /** As {@link #begin()}; then, or when the one under way is done or has failed, the task is run. One waits at a time. */
    void beginAndThen(Runnable task) {
        waiting.set(task);
        begin();
    }

    /** Whether the caller is to call {@link #make()} now; nobody else is, meanwhile. */
    boolean claim() {
        return isUnderWay.compareAndSet(false, true);
    }

    /** Makes the one that was claimed; the volume is told of it, and writes it when it is next asked to. Blocks. */
    void make() {
        make(() -> {});
    }

    private void makeAndStore() {
        make(partition.volume()::storePoints);
    }

    private interface Storing {
        void run() throws IOException;
    }

    private void make(Storing storing) {
        try {
            partition.checkpoint();
            storing.run();
        } catch (IOException e) {
            LOG.warn("The recovery point of {} can't be written: {}", partition, e.toString());
        } catch (PenstockException e) {
            if (e.code() != ErrorCode.STORAGE_FULL) { // of which the volume tells once
                LOG.warn("No recovery point for {}: {}", partition, e.getMessage());
            }
        } finally {
            end();
        }
    }

    private void end() {
        isUnderWay.set(false);
        Runnable task = waiting.getAndSet(null);
        if (task != null) {
            task.run();
        }
    }
}

package io.penstock.client.producer;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A topic as a producer knows it: at first not at all, then by its partitions' queues, or by why it can't be had. Safe
 * for any thread.
 */
final class ProducerTopic {

    private final String name;
    private final RandomGenerator random;
    private @Nullable List<Runnable> waiters = new ArrayList<>();
    private volatile PartitionQueue @Nullable [] queues;
    private volatile @Nullable SendException failure;
    private volatile int sticky;
    private volatile boolean retired;

    ProducerTopic(String name, RandomGenerator random) {
        this.name = name;
        this.random = random;
    }

    String name() {
        return name;
    }

    /** By partition; null while the topic is not known. */
    PartitionQueue @Nullable [] queues() {
        return queues;
    }

    /** Why it can't be had; null while that is not known. */
    @Nullable
    SendException failure() {
        return failure;
    }

    /** The partition that records without preference go to now. */
    int sticky() {
        return sticky;
    }

    void onBatchClosed(int partition) {
        if (partition == sticky) {
            chooseSticky();
        }
    }

    /** Another one than now, if there is another. */
    private void chooseSticky() {
        PartitionQueue[] known = queues;
        if (known != null && known.length > 1) {
            int next = random.nextInt(known.length - 1);
            sticky = next < sticky ? next : next + 1;
        }
    }

    /**
     * Calls back when more is known.
     *
     * @return false if that is so already
     */
    synchronized boolean await(Runnable waiter) {
        if (waiters == null) {
            return false;
        }
        waiters.add(waiter);
        return true;
    }

    /** Whoever comes with its name from now on gets another object. */
    void retire() {
        retired = true;
    }

    boolean isRetired() {
        return retired;
    }

    void known(PartitionQueue[] partitions) {
        queues = partitions;
        if (sticky >= partitions.length) {
            sticky = 0;
        }
        settle();
    }

    void failed(SendException error) {
        failure = error;
        settle();
    }

    private void settle() {
        List<Runnable> settled;
        synchronized (this) {
            settled = waiters == null ? List.of() : waiters;
            waiters = null;
        }
        settled.forEach(Runnable::run);
    }
}

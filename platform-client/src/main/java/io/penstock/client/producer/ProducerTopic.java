package io.penstock.client.producer;

import io.penstock.client.metadata.TopicView;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Outcome;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A topic as a producer knows it: at first not at all, then by its partitions' queues, or by why it can't be had. Safe
 * for any thread.
 */
final class ProducerTopic {

    private final String name;
    private final RandomGenerator random;
    private @Nullable Set<Runnable> waiters = new LinkedHashSet<>();
    private long awaitedUntilNanos = Long.MIN_VALUE;
    private volatile PartitionQueue @Nullable [] queues;
    private volatile @Nullable SendException failure;
    private volatile @Nullable PenstockException trouble;
    private volatile int sticky;
    private volatile int maxMessageBytes;
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

    /** The most bytes of a batch of several records, if its producer makes them so large: no more than the topic takes. */
    int batchBytes(int wanted) {
        int taken = maxMessageBytes;
        return taken > 0 ? Math.min(wanted, taken) : wanted;
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
     * @param untilNanos when the one who waits gives up
     * @return false if that is so already
     */
    synchronized boolean await(Runnable waiter, long untilNanos) {
        if (waiters == null) {
            return false;
        }
        boolean isFirst = awaitedUntilNanos == Long.MIN_VALUE;
        awaitedUntilNanos = isFirst || untilNanos - awaitedUntilNanos > 0 ? untilNanos : awaitedUntilNanos;
        waiters.add(waiter);
        return true;
    }

    /** Why nothing is known of it yet; another attempt may know more. */
    void troubled(PenstockException error) {
        trouble = error;
    }

    /** The failure of a record that has waited for it long enough. */
    SendException timedOut(int partition, Duration deliveryTimeout) {
        PenstockException known = trouble;
        ErrorCode code = known == null ? ErrorCode.REQUEST_TIMED_OUT : known.code();
        String why = known == null ? "no broker has answered" : String.valueOf(known.getMessage());
        return new SendException(
                code,
                Outcome.NOT_WRITTEN,
                name,
                partition,
                "the topic was not found in the delivery timeout of " + deliveryTimeout.toMillis() + " ms: " + why,
                known);
    }

    /** Whoever comes with its name from now on gets another object. */
    void retire() {
        retired = true;
    }

    /** Retires it if nobody waits for it any more; tells whether it did. */
    synchronized boolean retireUnlessAwaited(long nowNanos) {
        if (awaitedUntilNanos != Long.MIN_VALUE && awaitedUntilNanos - nowNanos > 0) {
            return false;
        }
        retired = true;
        waiters = null;
        return true;
    }

    boolean isRetired() {
        return retired;
    }

    /**
     * Takes an image over. Queues that are known are kept; a topic of the same name with another id is another topic, with
     * new queues. A topic never has fewer partitions than it had: an image that says so is an old one, and says nothing.
     *
     * @return the queues by partition, as many as the image has at least
     */
    PartitionQueue[] know(TopicView view, Accumulator accumulator) {
        PartitionQueue[] partitions;
        synchronized (this) {
            PartitionQueue[] before = queues;
            boolean isSame = before != null && before[0].topicId().equals(view.id());
            int kept = before != null && isSame ? before.length : 0;
            partitions = new PartitionQueue[Math.max(kept, view.partitionCount())];
            for (int i = 0; i < partitions.length; i++) {
                partitions[i] =
                        before != null && i < kept ? before[i] : new PartitionQueue(this, view.id(), i, accumulator);
            }
            maxMessageBytes = view.maxMessageBytes();
            queues = partitions;
            if (sticky >= partitions.length) {
                sticky = 0;
            }
        }
        settle();
        return partitions;
    }

    void failed(SendException error) {
        failure = error;
        settle();
    }

    private void settle() {
        Set<Runnable> settled;
        synchronized (this) {
            settled = waiters == null ? Set.of() : waiters;
            waiters = null;
        }
        settled.forEach(Runnable::run);
    }
}

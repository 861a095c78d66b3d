package io.penstock.client.group;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sees partitions of which the first record that is not acknowledged stays the same from one look to the next. Looks
 * come one at a time, on any thread: apart from the subscription's turns, which a handler may hold.
 */
final class ProgressWatch {

    /** Told of a record that is not acknowledged, at every look after the first. */
    interface Listener {

        /** @param looks how many looks it has been the same for, from 1 */
        void onStalled(AssignedPartition partition, long offset, int looks);
    }

    private record Stand(long offset, int looks) {}

    private static final Stand MOVING = new Stand(-1, 0);

    private final Map<AssignedPartition, PartitionProgress> partitions = new ConcurrentHashMap<>();
    private final Map<AssignedPartition, Stand> stands = new ConcurrentHashMap<>();
    private final Listener listener;

    ProgressWatch(Listener listener) {
        this.listener = listener;
    }

    void add(AssignedPartition partition, PartitionProgress progress) {
        stands.remove(partition);
        partitions.put(partition, progress);
    }

    void remove(AssignedPartition partition) {
        partitions.remove(partition);
        stands.remove(partition);
    }

    void look() {
        partitions.forEach((partition, progress) -> {
            Stand before = stands.getOrDefault(partition, MOVING);
            Stand now = progress.unacknowledged() == 0 ? MOVING : stand(progress.firstUnfinished(), before);
            stands.put(partition, now);
            if (now.looks > 0) {
                listener.onStalled(partition, now.offset, now.looks);
            }
        });
    }

    private static Stand stand(long offset, Stand before) {
        return new Stand(offset, offset == before.offset ? before.looks + 1 : 0);
    }
}

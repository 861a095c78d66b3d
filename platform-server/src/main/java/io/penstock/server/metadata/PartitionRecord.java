package io.penstock.server.metadata;

import java.util.List;

/**
 * Who holds a partition.
 *
 * @param leader the leader's broker id, or -1
 * @param leaderEpoch grows with every change of leader
 * @param replicas all replicas' broker ids, the preferred leader first
 * @param inSyncReplicas those that the high watermark waits for
 */
public record PartitionRecord(int leader, int leaderEpoch, List<Integer> replicas, List<Integer> inSyncReplicas) {

    public PartitionRecord {
        replicas = List.copyOf(replicas);
        inSyncReplicas = List.copyOf(inSyncReplicas);
    }

    /** A partition that one broker alone holds. */
    public static PartitionRecord onOnly(int brokerId) {
        return new PartitionRecord(brokerId, 0, List.of(brokerId), List.of(brokerId));
    }
}

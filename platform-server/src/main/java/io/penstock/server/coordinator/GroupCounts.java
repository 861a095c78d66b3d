package io.penstock.server.coordinator;

/** What the groups of one shard come to, and its part in the broker's sums. Used in the shard's turns. */
final class GroupCounts {

    private final CoordinatorMetrics metrics;
    private int groups;
    private int members;
    private long rebalances;

    GroupCounts(CoordinatorMetrics metrics) {
        this.metrics = metrics;
    }

    /** A state was loaded; its rebalances are counted from here on. */
    void begin(long rebalancesBefore) {
        rebalances = rebalancesBefore;
    }

    void set(int newGroups, int newMembers, long newRebalances) {
        metrics.changed(newGroups - groups, newMembers - members, newRebalances - rebalances);
        groups = newGroups;
        members = newMembers;
        rebalances = newRebalances;
    }

    /** The state is no more. */
    void end() {
        set(0, 0, rebalances);
    }
}

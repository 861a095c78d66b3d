package io.penstock.server.coordinator.group.assignor;

import java.util.Map;
import java.util.Set;

/**
 * Spreads partitions as evenly as the subscriptions allow, and moves no more than that takes: everybody keeps what they
 * have, what nobody has goes to those that have least, and then partitions move from those that have more to those that
 * have at least two less, until nobody can give one any more; see {@link StickyShares}.
 */
final class StickyAssignor implements GroupAssignor {

    private final String name;

    StickyAssignor(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Map<String, Set<TopicIdPartition>> assign(GroupSpec group) {
        StickyShares shares = new StickyShares(group);
        shares.keepCurrent();
        shares.giveRest();
        shares.balance();
        return shares.toAssignment();
    }
}

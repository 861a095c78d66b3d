package io.penstock.server.coordinator.group.assignor;

import java.util.Map;
import java.util.Set;

/**
 * Decides who is to read what. It is called on the coordinator's thread whenever members, subscriptions or topics have
 * changed, has to be quick, and must not keep anything from one call to the next. A result that it throws instead of,
 * or that breaks the rules below, is not used: the group keeps its old assignment until the next change.
 */
public interface GroupAssignor {

    /** The name that members ask for it by. */
    String name();

    /**
     * Assigns partitions to members.
     *
     * @param group the members and topics
     * @return for each member by id what it is to read, which may be nothing; only partitions of its topics that exist,
     *     and none for two members
     */
    Map<String, Set<TopicIdPartition>> assign(GroupSpec group);
}

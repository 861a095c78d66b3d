package io.penstock.server.coordinator.group;

import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/** Whose each partition is. Between two decisions a partition is one member's at most. */
final class Owners {

    private final Map<TopicIdPartition, String> members = new HashMap<>();

    /** A member has other partitions than before. The records of a decision come in any order: another may have one. */
    void change(String member, Collection<TopicIdPartition> before, Collection<TopicIdPartition> after) {
        before.forEach(partition -> members.remove(partition, member));
        after.forEach(partition -> members.put(partition, member));
    }

    /** The members by partition. */
    Map<TopicIdPartition, String> byPartition() {
        return Collections.unmodifiableMap(members);
    }
}

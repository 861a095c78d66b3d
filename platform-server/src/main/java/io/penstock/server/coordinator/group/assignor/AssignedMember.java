package io.penstock.server.coordinator.group.assignor;

import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A member of a group that partitions are to be assigned to.
 *
 * @param memberId its id
 * @param instanceId the name of a static member; null for a dynamic one
 * @param rackId where it stands; null if it does not say
 * @param topics the ids of the topics that it reads and that exist
 * @param current what was its target until now; may name topics that it does not read any more
 */
public record AssignedMember(
        String memberId,
        @Nullable String instanceId,
        @Nullable String rackId,
        Set<UUID> topics,
        Set<TopicIdPartition> current) {

    public AssignedMember {
        topics = Set.copyOf(topics);
        current = Set.copyOf(current);
    }
}

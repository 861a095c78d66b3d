package io.penstock.server.coordinator.group.assignor;

import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A member of a group that partitions are to be assigned to. Members are ordered by their instance id where they have
 * one, else by their id, so that a static member keeps its place when it comes back with another id.
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
        Set<TopicIdPartition> current)
        implements Comparable<AssignedMember> {

    public AssignedMember {
        topics = Set.copyOf(topics);
        current = Set.copyOf(current);
    }

    @Override
    public int compareTo(AssignedMember other) {
        int byPlace = place().compareTo(other.place());
        return byPlace != 0 ? byPlace : memberId.compareTo(other.memberId);
    }

    private String place() {
        return instanceId == null ? memberId : instanceId;
    }
}

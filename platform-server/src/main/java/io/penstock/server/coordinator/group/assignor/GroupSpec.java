package io.penstock.server.coordinator.group.assignor;

import java.util.List;

/**
 * What an assignor decides about.
 *
 * @param members by id, each once
 * @param topics by name, each once: all that some member reads
 */
public record GroupSpec(List<AssignedMember> members, List<AssignedTopic> topics) {

    public GroupSpec {
        members = List.copyOf(members);
        topics = List.copyOf(topics);
    }
}

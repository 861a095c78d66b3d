package io.penstock.server.coordinator.group.assignor;

import java.util.Comparator;
import java.util.List;

/**
 * What an assignor decides about.
 *
 * @param members each once; in their order, whatever order they were given in
 * @param topics each once, by name: all that some member reads
 */
public record GroupSpec(List<AssignedMember> members, List<AssignedTopic> topics) {

    public GroupSpec {
        members = members.stream().sorted().toList();
        topics = topics.stream()
                .sorted(Comparator.comparing(AssignedTopic::name))
                .toList();
    }

    /** The members that read a topic, in their order. */
    public List<AssignedMember> readersOf(AssignedTopic topic) {
        return members.stream()
                .filter(member -> member.topics().contains(topic.id()))
                .toList();
    }
}

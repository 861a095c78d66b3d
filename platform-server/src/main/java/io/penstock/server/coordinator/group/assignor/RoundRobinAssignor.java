package io.penstock.server.coordinator.group.assignor;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Deals all partitions out, topic by topic, to one member after the other, passing over those that don't read it. */
final class RoundRobinAssignor implements GroupAssignor {

    @Override
    public String name() {
        return "round-robin";
    }

    @Override
    public Map<String, Set<TopicIdPartition>> assign(GroupSpec group) {
        Map<String, Set<TopicIdPartition>> assignment = new HashMap<>();
        List<AssignedMember> members = group.members();
        members.forEach(member -> assignment.put(member.memberId(), new TreeSet<>()));
        int next = 0;
        for (AssignedTopic topic : group.topics()) {
            if (group.readersOf(topic).isEmpty()) {
                continue;
            }
            for (int partition = 0; partition < topic.partitions(); partition++) {
                while (!members.get(next % members.size()).topics().contains(topic.id())) {
                    next++;
                }
                assignment
                        .get(members.get(next++ % members.size()).memberId())
                        .add(new TopicIdPartition(topic.id(), partition));
            }
        }
        return assignment;
    }
}

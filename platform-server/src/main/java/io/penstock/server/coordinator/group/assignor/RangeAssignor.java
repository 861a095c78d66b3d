package io.penstock.server.coordinator.group.assignor;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Topic by topic, gives every reader a run of neighbouring partitions; the first readers get one more where they can't
 * all have the same number. Partitions of one number of topics with equal partitions and readers go to one member.
 */
final class RangeAssignor implements GroupAssignor {

    @Override
    public String name() {
        return "range";
    }

    @Override
    public Map<String, Set<TopicIdPartition>> assign(GroupSpec group) {
        Map<String, Set<TopicIdPartition>> assignment = new HashMap<>();
        group.members().forEach(member -> assignment.put(member.memberId(), new TreeSet<>()));
        for (AssignedTopic topic : group.topics()) {
            List<AssignedMember> readers = group.readersOf(topic);
            for (int i = 0; i < readers.size(); i++) {
                Set<TopicIdPartition> share = assignment.get(readers.get(i).memberId());
                int end = startOf(i + 1, readers.size(), topic.partitions());
                for (int partition = startOf(i, readers.size(), topic.partitions()); partition < end; partition++) {
                    share.add(new TopicIdPartition(topic.id(), partition));
                }
            }
        }
        return assignment;
    }

    private static int startOf(int reader, int readers, int partitions) {
        return reader * (partitions / readers) + Math.min(reader, partitions % readers);
    }
}

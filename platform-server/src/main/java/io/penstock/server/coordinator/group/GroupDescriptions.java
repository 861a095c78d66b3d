package io.penstock.server.coordinator.group;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.TopicPartitions;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.TopicRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Groups as they are described to clients. */
final class GroupDescriptions {

    private static final int UNKNOWN_COORDINATOR = -1;

    private GroupDescriptions() {}

    /** A group that is not there. */
    static Groups.Description absent(String id, ErrorCode error) {
        return new Groups.Description(id, error.number(), "", "Dead", "", 0, 0, UNKNOWN_COORDINATOR, List.of());
    }

    /** A group in full; without a consumer group there are no members to tell of. */
    static Groups.Description describe(
            String id, Group type, @Nullable ConsumerGroup group, GroupSettings settings, MetadataImage image) {
        if (group == null) {
            return new Groups.Description(id, 0, type.type(), type.state(), "", 0, 0, UNKNOWN_COORDINATOR, List.of());
        }
        List<Groups.Member> members = new ArrayList<>();
        group.members().forEach((memberId, member) -> members.add(describe(memberId, member, group, image)));
        return new Groups.Description(
                id,
                0,
                group.type(),
                group.state(),
                members.isEmpty()
                        ? ""
                        : GroupChange.assignorOf(group.members().values(), settings)
                                .name(),
                group.epoch(),
                group.targetEpoch(),
                UNKNOWN_COORDINATOR,
                members);
    }

    private static Groups.Member describe(
            String memberId, MemberMetadata member, ConsumerGroup group, MetadataImage image) {
        CurrentAssignment current = group.current(memberId);
        return new Groups.Member(
                memberId,
                member.instanceId(),
                member.rackId(),
                member.clientId(),
                member.clientHost(),
                current.epoch(),
                current.state().description(),
                partitions(current.assigned().keySet(), image),
                partitions(current.pending().keySet(), image),
                partitions(group.target(memberId), image),
                member.subscription().topics(),
                member.subscription().patterns(),
                member.assignor());
    }

    /** Partitions as a client is told of them, by topic. */
    static List<TopicPartitions> partitions(Collection<TopicIdPartition> partitions, MetadataImage image) {
        SortedMap<UUID, List<Integer>> byTopic = new TreeMap<>();
        partitions.forEach(partition -> byTopic.computeIfAbsent(partition.topicId(), topic -> new ArrayList<>())
                .add(partition.partition()));
        List<TopicPartitions> all = new ArrayList<>();
        byTopic.forEach((id, numbers) -> {
            TopicRecord topic = image.topic(id);
            all.add(new TopicPartitions(id, topic == null ? "" : topic.name(), numbers));
        });
        return all;
    }
}

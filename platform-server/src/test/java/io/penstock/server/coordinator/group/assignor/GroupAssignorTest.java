package io.penstock.server.coordinator.group.assignor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class GroupAssignorTest {

    private static final GroupAssignor RANGE = new RangeAssignor();
    private static final GroupAssignor ROUND_ROBIN = new RoundRobinAssignor();
    private static final GroupAssignor STICKY = new StickyAssignor("sticky");

    @Provide
    Arbitrary<GroupSpec> groups() {
        return Combinators.combine(
                        Arbitraries.longs(),
                        Arbitraries.integers().between(1, 12),
                        Arbitraries.integers().between(1, 6))
                .as((seed, members, topics) -> randomGroup(new Random(seed), members, topics, false));
    }

    @Provide
    Arbitrary<GroupSpec> groupsOfEqualReaders() {
        return Combinators.combine(
                        Arbitraries.longs(),
                        Arbitraries.integers().between(1, 12),
                        Arbitraries.integers().between(1, 6))
                .as((seed, members, topics) -> randomGroup(new Random(seed), members, topics, true));
    }

    @Provide
    Arbitrary<GroupAssignor> assignors() {
        return Arbitraries.of(BuiltInAssignors.all());
    }

    @Property
    void givesEveryPartitionThatSomebodyReadsToOneOfItsReaders(
            @ForAll("assignors") GroupAssignor assignor, @ForAll("groups") GroupSpec group) {
        Map<String, Set<TopicIdPartition>> assignment = assignor.assign(group);
        Set<TopicIdPartition> given = new HashSet<>();
        for (AssignedMember member : group.members()) {
            for (TopicIdPartition partition : assignment.get(member.memberId())) {
                assertThat(given.add(partition)).isTrue();
                assertThat(member.topics()).contains(partition.topicId());
            }
        }
        assertThat(given).isEqualTo(readPartitions(group));
    }

    @Property
    void givesTheSameWhateverTheOrderOfItsInput(
            @ForAll("assignors") GroupAssignor assignor, @ForAll("groups") GroupSpec group, @ForAll long seed) {
        List<AssignedMember> members = new ArrayList<>(group.members());
        List<AssignedTopic> topics = new ArrayList<>(group.topics());
        Collections.shuffle(members, new Random(seed));
        Collections.shuffle(topics, new Random(seed));
        assertThat(assignor.assign(new GroupSpec(members, topics))).isEqualTo(assignor.assign(group));
    }

    @Property
    void roundRobinAndStickyGiveEqualReadersEqualShares(@ForAll("groupsOfEqualReaders") GroupSpec group) {
        for (GroupAssignor assignor : List.of(ROUND_ROBIN, STICKY)) {
            IntSummaryStatistics sizes =
                    assignor.assign(group).values().stream().mapToInt(Set::size).summaryStatistics();
            assertThat(sizes.getMax() - sizes.getMin()).isLessThanOrEqualTo(1);
        }
    }

    @Property
    void rangeGivesReadersOfATopicEqualSharesOfIt(@ForAll("groups") GroupSpec group) {
        Map<String, Set<TopicIdPartition>> assignment = RANGE.assign(group);
        for (AssignedTopic topic : group.topics()) {
            IntSummaryStatistics sizes = group.readersOf(topic).stream()
                    .mapToInt(member -> (int) assignment.get(member.memberId()).stream()
                            .filter(partition -> partition.topicId().equals(topic.id()))
                            .count())
                    .summaryStatistics();
            if (sizes.getCount() > 0) {
                assertThat(sizes.getMax() - sizes.getMin()).isLessThanOrEqualTo(1);
            }
        }
    }

    @Property
    void stickyLeavesEveryoneAloneWhenNothingChanged(@ForAll("groups") GroupSpec group) {
        Map<String, Set<TopicIdPartition>> first = STICKY.assign(group);
        assertThat(STICKY.assign(withCurrent(group, first))).isEqualTo(first);
    }

    @Property
    void stickyMovesOnlyWhatALeaverHad(@ForAll("groupsOfEqualReaders") GroupSpec group, @ForAll long seed) {
        if (group.members().size() < 2) {
            return;
        }
        Map<String, Set<TopicIdPartition>> before = STICKY.assign(group);
        GroupSpec current = withCurrent(group, before);
        String leaver = group.members()
                .get(new Random(seed).nextInt(group.members().size()))
                .memberId();
        GroupSpec rest = new GroupSpec(
                current.members().stream()
                        .filter(member -> !member.memberId().equals(leaver))
                        .toList(),
                current.topics());
        Map<String, Set<TopicIdPartition>> after = STICKY.assign(rest);
        after.forEach((member, share) -> assertThat(share).containsAll(before.get(member)));
    }

    @Property
    void stickyGivesAJoinerOnlyItsShareAndMovesNothingElse(@ForAll("groupsOfEqualReaders") GroupSpec group) {
        Map<String, Set<TopicIdPartition>> before = STICKY.assign(group);
        GroupSpec current = withCurrent(group, before);
        List<AssignedMember> members = new ArrayList<>(current.members());
        members.add(new AssignedMember("zz-joiner", null, null, members.get(0).topics(), Set.of()));
        Map<String, Set<TopicIdPartition>> after = STICKY.assign(new GroupSpec(members, current.topics()));
        before.forEach((member, share) -> assertThat(share).containsAll(after.get(member)));
        int all = before.values().stream().mapToInt(Set::size).sum();
        assertThat(after.get("zz-joiner").size()).isEqualTo(all / members.size());
    }

    @Property
    void stickyCanNotBeMoreEvenHoweverDifferentTheSubscriptions(@ForAll("groups") GroupSpec group) {
        Map<String, Set<TopicIdPartition>> assignment = STICKY.assign(group);
        for (AssignedMember source : group.members()) {
            int load = assignment.get(source.memberId()).size();
            for (String reachable : reachable(group, assignment, source)) {
                assertThat(assignment.get(reachable).size()).isGreaterThanOrEqualTo(load - 1);
            }
        }
    }

    @Test
    void stickyBalancesThroughAMemberInTheMiddle() {
        UUID left = new UUID(0, 1);
        UUID right = new UUID(0, 2);
        GroupSpec group = new GroupSpec(
                List.of(
                        member("a", Set.of(left), owned(left, 0, 1, 2)),
                        member("b", Set.of(left, right), owned(right, 0, 1)),
                        member("c", Set.of(right), owned(right, 2))),
                List.of(new AssignedTopic(left, "left", 3), new AssignedTopic(right, "right", 3)));
        assertThat(STICKY.assign(group).values())
                .allSatisfy(share -> assertThat(share).hasSize(2));
    }

    @Test
    void aStaticMemberKeepsItsPlaceUnderANewId() {
        UUID topic = new UUID(0, 1);
        List<AssignedTopic> topics = List.of(new AssignedTopic(topic, "t", 5));
        for (GroupAssignor assignor : List.of(RANGE, ROUND_ROBIN)) {
            Set<TopicIdPartition> before = assignor.assign(new GroupSpec(
                            List.of(staticMember("x", "one", topic), staticMember("y", "two", topic)), topics))
                    .get("x");
            Set<TopicIdPartition> after = assignor.assign(new GroupSpec(
                            List.of(staticMember("z", "one", topic), staticMember("y", "two", topic)), topics))
                    .get("z");
            assertThat(after).isEqualTo(before);
        }
    }

    @Test
    void rangeGivesTheSameNumbersOfEqualTopicsToOneMember() {
        UUID left = new UUID(0, 1);
        UUID right = new UUID(0, 2);
        Map<String, Set<TopicIdPartition>> assignment = RANGE.assign(new GroupSpec(
                List.of(member("a", Set.of(left, right), Set.of()), member("b", Set.of(left, right), Set.of())),
                List.of(new AssignedTopic(left, "left", 3), new AssignedTopic(right, "right", 3))));
        assertThat(assignment.get("a"))
                .containsExactlyInAnyOrder(
                        new TopicIdPartition(left, 0),
                        new TopicIdPartition(left, 1),
                        new TopicIdPartition(right, 0),
                        new TopicIdPartition(right, 1));
    }

    private static Set<String> reachable(
            GroupSpec group, Map<String, Set<TopicIdPartition>> assignment, AssignedMember source) {
        Set<String> seen = new HashSet<>(Set.of(source.memberId()));
        List<String> frontier = new ArrayList<>(seen);
        while (!frontier.isEmpty()) {
            Set<UUID> given = assignment.get(frontier.remove(0)).stream()
                    .map(TopicIdPartition::topicId)
                    .collect(Collectors.toSet());
            group.members().stream()
                    .filter(member -> !Collections.disjoint(member.topics(), given))
                    .map(AssignedMember::memberId)
                    .filter(seen::add)
                    .forEach(frontier::add);
        }
        return seen;
    }

    private static AssignedMember member(String id, Set<UUID> topics, Set<TopicIdPartition> current) {
        return new AssignedMember(id, null, null, topics, current);
    }

    private static AssignedMember staticMember(String id, String instanceId, UUID topic) {
        return new AssignedMember(id, instanceId, null, Set.of(topic), Set.of());
    }

    private static Set<TopicIdPartition> owned(UUID topic, int... partitions) {
        return IntStream.of(partitions)
                .mapToObj(partition -> new TopicIdPartition(topic, partition))
                .collect(Collectors.toSet());
    }

    private static Set<TopicIdPartition> readPartitions(GroupSpec group) {
        return group.topics().stream()
                .filter(topic -> !group.readersOf(topic).isEmpty())
                .flatMap(topic ->
                        owned(topic.id(), IntStream.range(0, topic.partitions()).toArray()).stream())
                .collect(Collectors.toSet());
    }

    private static GroupSpec withCurrent(GroupSpec group, Map<String, Set<TopicIdPartition>> assignment) {
        return new GroupSpec(
                group.members().stream()
                        .map(member -> new AssignedMember(
                                member.memberId(),
                                member.instanceId(),
                                member.rackId(),
                                member.topics(),
                                assignment.get(member.memberId())))
                        .toList(),
                group.topics());
    }

    private static GroupSpec randomGroup(Random random, int members, int topics, boolean equalReaders) {
        List<AssignedTopic> all = IntStream.range(0, topics)
                .mapToObj(i -> new AssignedTopic(
                        new UUID(random.nextLong(), random.nextLong()), "topic-" + i, 1 + random.nextInt(20)))
                .toList();
        Map<TopicIdPartition, Integer> owners = new HashMap<>();
        for (AssignedTopic topic : all) {
            for (int partition = 0; partition < topic.partitions() + 2; partition++) {
                owners.put(new TopicIdPartition(topic.id(), partition), random.nextInt(members + 2));
            }
        }
        Set<UUID> everything = all.stream().map(AssignedTopic::id).collect(Collectors.toSet());
        List<AssignedMember> readers = new ArrayList<>();
        for (int i = 0; i < members; i++) {
            int number = i;
            Set<UUID> read = equalReaders
                    ? everything
                    : everything.stream().filter(topic -> random.nextInt(3) > 0).collect(Collectors.toSet());
            Set<TopicIdPartition> current = owners.entrySet().stream()
                    .filter(entry -> entry.getValue() == number)
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
            readers.add(new AssignedMember(
                    "member-" + i, random.nextBoolean() ? "instance-" + i : null, null, read, current));
        }
        return new GroupSpec(readers, all);
    }
}

package io.penstock.server.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Membership;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import io.penstock.server.metadata.TopicRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

/**
 * Members that lag, lose connections, die, come back, are restarted and take each other's places, while topics come and
 * go, groups and offsets are deleted and expire, and the coordinator loads its log again: whatever happens, what everybody
 * believes fits together.
 */
class GroupSimulationTest {

    private static final List<String> GROUPS = List.of("g1", "g2", "g3");
    private static final List<String> TOPICS = List.of("orders", "bills", "stock");

    @Test
    void tenThousandOperationsKeepTheRulesAndEqualTheReplayOfTheirLog() {
        Simulation simulation = new Simulation(20_261_121);
        for (int i = 0; i < 10_000; i++) {
            simulation.step();
            if (i % 500 == 0) {
                simulation.checkNothingIsLeftToDo();
            }
        }
        simulation.checkReplay();
        simulation.settle();
        assertThat(simulation.rebalances).isGreaterThan(500);
        assertThat(simulation.commits).isGreaterThan(100);
        assertThat(simulation.refusedCommits).isGreaterThan(100);
        assertThat(simulation.deletions).isGreaterThan(5);
    }

    @Property(tries = 30, shrinking = ShrinkingMode.OFF)
    void anyOperationsKeepTheRulesAndEqualTheReplayOfTheirLog(@ForAll long seed) {
        Simulation simulation = new Simulation(seed);
        for (int i = 0; i < 500; i++) {
            simulation.step();
        }
        simulation.checkReplay();
        simulation.settle();
    }

    private static final class Simulation {

        private final Random random;
        private final Coordinated coordinated = new Coordinated();
        private final List<SimulatedMember> members = new ArrayList<>();
        private final Map<TopicIdPartition, String> names = new HashMap<>();
        private int ids;
        private int commits;
        private int refusedCommits;
        private int deletions;
        private long rebalances;

        Simulation(long seed) {
            this.random = new Random(seed);
            putTopic("orders", 12);
            putTopic("bills", 9);
        }

        void step() {
            int choice = random.nextInt(100);
            if (choice < 6) {
                begin();
            } else if (choice < 40) {
                withSome(member -> heed(member, member.receive()));
            } else if (choice < 70) {
                withSome(member -> heed(member, member.deliverReport()));
            } else if (choice < 80) {
                withSome(this::commit);
            } else if (choice < 83) {
                withSome(SimulatedMember::disconnect);
            } else if (choice < 87) {
                withSome(member -> heed(member, member.join()));
            } else if (choice < 88) {
                withSome(members::remove);
            } else if (choice < 90) {
                withSome(this::leave);
            } else if (choice < 91) {
                withSome(random.nextBoolean() ? this::restart : SimulatedMember::retire);
            } else if (choice < 92) {
                changeTopics();
            } else if (choice < 93) {
                reload();
            } else if (choice < 95) {
                administer(GROUPS.get(random.nextInt(GROUPS.size())));
            } else {
                pass(random.nextInt(1_500));
            }
            check();
        }

        private void withSome(Consumer<SimulatedMember> action) {
            if (!members.isEmpty()) {
                action.accept(members.get(random.nextInt(members.size())));
            }
        }

        private void begin() {
            if (members.size() < 10) {
                String instanceId = random.nextInt(3) == 0 ? "instance-" + random.nextInt(3) : null;
                begin(GROUPS.get(random.nextInt(GROUPS.size())), instanceId);
            }
        }

        private void begin(String group, String instanceId) {
            List<String> patterns = random.nextInt(3) == 0 ? List.of(".*s") : List.of();
            List<String> topics = patterns.isEmpty() || random.nextBoolean()
                    ? TOPICS.subList(0, 1 + random.nextInt(TOPICS.size()))
                    : List.of();
            SimulatedMember member = new SimulatedMember(
                    coordinated, new MemberKey(group, "member-" + ids++), instanceId, topics, patterns);
            members.add(member);
            heed(member, member.join());
        }

        /** What a client does with a refusal: out for good, or again as a new member. */
        private void heed(SimulatedMember member, ErrorCode refusal) {
            switch (refusal) {
                case NONE -> {}
                case FENCED_INSTANCE_ID -> members.remove(member);
                case UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH -> member.reset();
                default -> throw new AssertionError(member + " was refused with " + refusal);
            }
        }

        private void commit(SimulatedMember member) {
            Set<TopicIdPartition> held = heldByMember().getOrDefault(member.key(), Set.of());
            TopicIdPartition partition =
                    some(random.nextBoolean() && !member.owned().isEmpty() ? member.owned() : names.keySet());
            TopicRecord topic = coordinated.topics().get(names.get(partition));
            ErrorCode error = coordinated.commit(new GroupOffsets.Commit(
                    1,
                    member.key().group(),
                    member.key().memberId(),
                    member.epoch(),
                    member.instanceId(),
                    List.of(new GroupOffsets.Entry(
                            names.get(partition),
                            partition.topicId(),
                            partition.partition(),
                            random.nextInt(1_000),
                            random.nextInt(10) - 1,
                            random.nextBoolean() ? "note " + random.nextInt() : null,
                            random.nextBoolean() ? new byte[] {(byte) random.nextInt(), 1} : null))));
            boolean there = topic != null
                    && topic.id().equals(partition.topicId())
                    && topic.hasPartition(partition.partition());
            if (error == ErrorCode.NONE) {
                commits++;
                assertThat(held).contains(partition);
            } else {
                refusedCommits++;
                boolean owned = held.contains(partition) && member.owned().contains(partition);
                assertThat(there && owned)
                        .as("%s: %s refused with %s", member, partition, error)
                        .isFalse();
            }
        }

        /** What somebody may do who is no member: only while there are none. */
        private void administer(String group) {
            boolean isEmpty = coordinated.state().describe(group).members().isEmpty();
            int choice = random.nextInt(4);
            if (choice == 0) {
                abandon(group);
            } else if (choice == 1) {
                ErrorCode error = coordinated.commit(group, "", -1, "orders", 0, random.nextInt(1_000));
                assertThat(error == ErrorCode.NONE)
                        .isEqualTo(isEmpty && coordinated.topics().containsKey("orders"));
            } else if (choice == 2) {
                delete(group, isEmpty);
            } else if (isThere(group)) {
                GroupOffsets.Delete delete = new GroupOffsets.Delete(
                        1, group, List.of(new GroupOffsets.TopicPartitionNames("orders", List.of(0))));
                coordinated.apply(coordinated.state().deleteOffsets(delete, coordinated.nowMs()));
                assertThat(isEmpty && coordinated.offsets(group).containsKey("orders-0"))
                        .isFalse();
            }
        }

        private boolean isThere(String group) {
            return coordinated.state().list().stream()
                    .anyMatch(listed -> listed.group().equals(group));
        }

        /** All members die; what they leave is deleted, or nobody comes for so long that it is not kept. */
        private void abandon(String group) {
            members.removeIf(member -> member.key().group().equals(group));
            pass(Coordinated.SESSION_MS);
            assertThat(coordinated.state().describe(group).members()).isEmpty();
            if (random.nextBoolean()) {
                delete(group, true);
            } else {
                pass(Coordinated.RETENTION_MS);
                assertThat(isThere(group)).isFalse();
            }
        }

        private void delete(String group, boolean isEmpty) {
            boolean isThere = isThere(group);
            ErrorCode expected = isEmpty ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP;
            assertThat(coordinated.apply(coordinated.state().delete(group, coordinated.nowMs())))
                    .isEqualTo(isThere ? expected : ErrorCode.GROUP_ID_NOT_FOUND);
            if (isThere && isEmpty) {
                deletions++;
                assertThat(isThere(group)).isFalse();
            }
        }

        private TopicIdPartition some(Set<TopicIdPartition> partitions) {
            return new ArrayList<>(new TreeSet<>(partitions)).get(random.nextInt(partitions.size()));
        }

        private void leave(SimulatedMember member) {
            ErrorCode refusal = member.report(Membership.Report.leaving(member.epoch()));
            if (refusal == ErrorCode.NONE) {
                members.remove(member);
            } else {
                heed(member, refusal);
            }
        }

        private void restart(SimulatedMember member) {
            if (member.instanceId() != null) {
                if (random.nextBoolean()) {
                    members.remove(member);
                }
                begin(member.key().group(), member.instanceId());
            }
        }

        private void changeTopics() {
            String name = TOPICS.get(random.nextInt(TOPICS.size()));
            TopicRecord topic = coordinated.topics().get(name);
            if (topic == null) {
                putTopic(name, 1 + random.nextInt(12));
            } else if (random.nextBoolean()) {
                coordinated.removeTopic(name);
            } else {
                coordinated.putTopic(name, topic.id(), topic.partitions().size() + 1);
                name(coordinated.topics().get(name));
            }
        }

        private void putTopic(String name, int partitions) {
            name(coordinated.putTopic(name, new UUID(random.nextLong(), random.nextLong()), partitions));
        }

        private void name(TopicRecord topic) {
            for (int partition = 0; partition < topic.partitions().size(); partition++) {
                names.put(new TopicIdPartition(topic.id(), partition), topic.name());
            }
        }

        private void reload() {
            rebalances += coordinated.state().rebalanceCount();
            coordinated.reload(
                    coordinated.compacted(random.nextInt(coordinated.log().size() + 1), true));
            members.forEach(SimulatedMember::disconnect);
        }

        private void pass(long ms) {
            coordinated.passMs(ms);
            for (MemberKey silent : coordinated.state().silentMembers(coordinated.nowMs())) {
                members.stream()
                        .filter(member -> member.key().equals(silent) && member.isConnected())
                        .forEach(member -> coordinated.state().beat(silent, coordinated.nowMs()));
            }
            coordinated.expire();
        }

        private Map<MemberKey, Set<TopicIdPartition>> heldByMember() {
            Map<MemberKey, Set<TopicIdPartition>> held = new HashMap<>();
            for (String group : GROUPS) {
                for (Groups.Member member : coordinated.state().describe(group).members()) {
                    Set<TopicIdPartition> all = Coordinated.partitions(member.assigned());
                    all.addAll(Coordinated.partitions(member.pending()));
                    held.put(new MemberKey(group, member.memberId()), all);
                }
            }
            return held;
        }

        /** Nothing is held twice, and nobody who is a member owns what the coordinator does not know of. */
        private void check() {
            Map<MemberKey, Set<TopicIdPartition>> held = heldByMember();
            for (String group : GROUPS) {
                Set<TopicIdPartition> seen = new HashSet<>();
                held.forEach((key, partitions) -> {
                    if (key.group().equals(group)) {
                        partitions.forEach(partition -> assertThat(seen.add(partition))
                                .as("%s is held once", partition)
                                .isTrue());
                    }
                });
            }
            for (SimulatedMember member : members) {
                if (held.containsKey(member.key())) {
                    assertThat(held.get(member.key())).as("%s", member).containsAll(member.owned());
                }
            }
        }

        void checkReplay() {
            List<List<CoordinatorRecord>> logs = List.of(
                    coordinated.log(),
                    coordinated.compacted(coordinated.log().size(), true),
                    coordinated.compacted(coordinated.log().size(), false),
                    coordinated.compacted(coordinated.log().size() / 2, true));
            for (var log : logs) {
                GroupState replayed = coordinated.replayed(log);
                assertThat(replayed.isSameAs(coordinated.state()))
                        .as("%s%n%s", replayed, coordinated.state())
                        .isTrue();
            }
            rebalances += coordinated.state().rebalanceCount();
            checkNothingIsLeftToDo();
        }

        /** Everybody has gone as far as they can: who looks at all members anew, as after a load, finds nothing to do. */
        private void checkNothingIsLeftToDo() {
            GroupState loaded =
                    coordinated.replayed(coordinated.compacted(coordinated.log().size(), false));
            boolean isTargetOwed = GROUPS.stream()
                    .map(coordinated.state()::describe)
                    .anyMatch(group -> group.epoch() > group.assignmentEpoch());
            if (!isTargetOwed) {
                assertThat(loaded.onLoaded(coordinated.image(), coordinated.nowMs())
                                .records())
                        .isEmpty();
            }
        }

        /** When nothing fails any more, everybody gets what is theirs, and every partition is somebody's. */
        void settle() {
            for (int round = 0; round < 60; round++) {
                for (SimulatedMember member : List.copyOf(members)) {
                    if (!member.isConnected()) {
                        heed(member, member.join());
                    }
                    heed(member, member.receive());
                    heed(member, member.deliverReport());
                }
                pass(1_000);
                check();
            }
            for (String group : GROUPS) {
                Groups.Description description = coordinated.state().describe(group);
                assertThat(description.state()).isIn("Stable", "Empty", "Dead");
                Set<TopicIdPartition> owned = new HashSet<>();
                members.stream()
                        .filter(member -> member.key().group().equals(group))
                        .forEach(member -> {
                            assertThat(Coordinated.partitions(
                                            coordinated.member(member.key()).target()))
                                    .isEqualTo(member.owned());
                            owned.addAll(member.owned());
                        });
                assertThat(owned).isEqualTo(readBy(description));
            }
        }

        private Set<TopicIdPartition> readBy(Groups.Description description) {
            Set<TopicIdPartition> read = new HashSet<>();
            for (Groups.Member member : description.members()) {
                for (TopicRecord topic : coordinated.topics().values()) {
                    if (member.topics().contains(topic.name())
                            || !member.patterns().isEmpty() && topic.name().endsWith("s")) {
                        for (int partition = 0; partition < topic.partitions().size(); partition++) {
                            read.add(new TopicIdPartition(topic.id(), partition));
                        }
                    }
                }
            }
            return read;
        }
    }
}

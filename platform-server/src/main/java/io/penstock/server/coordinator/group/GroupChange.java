package io.penstock.server.coordinator.group;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.server.coordinator.group.MemberMetadata.Subscription;
import io.penstock.server.coordinator.group.assignor.AssignedMember;
import io.penstock.server.coordinator.group.assignor.AssignedTopic;
import io.penstock.server.coordinator.group.assignor.GroupAssignor;
import io.penstock.server.coordinator.group.assignor.GroupSpec;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import io.penstock.server.metadata.TopicRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A change of a group, thought through before it is true: first what happened to members, then what follows from it. If
 * the members, what they read, or the topics are not the same any more, the group's epoch grows and the assignor computes
 * a new target at it, at once or when one is due; then every member that it concerns goes as far towards its target as it
 * can. The records are what is to be different in the group, which has not changed.
 *
 * <p>Without a new target it concerns those to whom something happened, and those who were waiting for what became free:
 * a change among many members costs no more than one among few.
 */
final class GroupChange {

    private static final Logger LOG = LoggerFactory.getLogger(GroupChange.class);

    private final GroupSettings settings;
    private final SubscribedTopics topics;
    private final ConsumerGroup group;
    private final boolean isTargetDue;
    private final Draft<String, MemberMetadata> members;
    private final Draft<String, SortedSet<TopicIdPartition>> targets;
    private final Draft<String, CurrentAssignment> currents;
    private final Draft<TopicIdPartition, String> holders;
    private final SortedSet<String> concerned = new TreeSet<>();
    private @Nullable GroupEpoch newEpoch;
    private @Nullable Integer newTargetEpoch;
    private boolean rebalance;

    /** @param isTargetDue whether there may be a new target now; if not, it is owed */
    GroupChange(GroupSettings settings, SubscribedTopics topics, ConsumerGroup group, boolean isTargetDue) {
        this.settings = settings;
        this.topics = topics;
        this.group = group;
        this.isTargetDue = isTargetDue;
        this.members = new Draft<>(group.members());
        this.targets = new Draft<>(group.targets());
        this.currents = new Draft<>(group.currents());
        this.holders = new Draft<>(group.holders());
    }

    // what happened

    /** All members are looked at, whatever happened: after a load. */
    void concernAll() {
        concerned.addAll(group.members().keySet());
    }

    /** A member is new, or asks for something else than before. */
    void putMember(String memberId, MemberMetadata metadata) {
        MemberMetadata known = members.get(memberId);
        rebalance |= known == null || !isReadingAlike(known, metadata);
        members.put(memberId, metadata);
        putCurrent(memberId, current(memberId).comeBack());
    }

    private static boolean isReadingAlike(MemberMetadata one, MemberMetadata other) {
        return one.subscription().equals(other.subscription()) && Objects.equals(one.assignor(), other.assignor());
    }

    /** A member takes the place of another, and all that it had. */
    void replaceMember(String old, String memberId, MemberMetadata metadata) {
        MemberMetadata known = members.get(old);
        SortedSet<TopicIdPartition> target = target(old);
        CurrentAssignment current = current(old);
        boolean alike = known != null && isReadingAlike(known, metadata);
        forget(old);
        members.put(memberId, metadata);
        targets.put(memberId, target);
        putCurrent(memberId, current.comeBack());
        rebalance |= !alike;
    }

    /** A member is out, and what it had is free. One that read nothing leaves the others as they are. */
    void removeMember(String memberId) {
        MemberMetadata known = members.get(memberId);
        boolean isLast = group.memberCount() == 1;
        rebalance |= isLast || known == null || !known.subscription().equals(Subscription.NOTHING);
        forget(memberId);
    }

    /** A static member leaves, and what it had waits for it. */
    void leave(String memberId) {
        putCurrent(memberId, current(memberId).leave());
    }

    /** A member says what it owns. */
    void confirm(String memberId, Set<TopicIdPartition> owned) {
        putCurrent(memberId, current(memberId).confirm(owned));
    }

    private void forget(String memberId) {
        hold(memberId, List.of());
        members.put(memberId, null);
        targets.put(memberId, null);
        currents.put(memberId, null);
        concerned.remove(memberId);
    }

    private void putCurrent(String memberId, CurrentAssignment current) {
        hold(memberId, current.held());
        currents.put(memberId, current);
        concerned.add(memberId);
    }

    private void hold(String memberId, Collection<TopicIdPartition> held) {
        for (TopicIdPartition partition : current(memberId).held()) {
            if (memberId.equals(holders.get(partition))) {
                holders.put(partition, null);
            }
        }
        held.forEach(partition -> holders.put(partition, memberId));
    }

    private CurrentAssignment current(String memberId) {
        CurrentAssignment current = currents.get(memberId);
        return current == null ? CurrentAssignment.NOTHING : current;
    }

    private SortedSet<TopicIdPartition> target(String memberId) {
        SortedSet<TopicIdPartition> target = targets.get(memberId);
        return target == null ? ConsumerGroup.NO_TARGET : target;
    }

    // what follows

    /**
     * What is to be different.
     *
     * @throws PenstockException UNKNOWN_SERVER_ERROR if the assignor fails
     */
    List<GroupRecord> records(long nowMs) {
        SortedMap<String, TopicRecord> read = topics.of(subscriptions());
        beginEpoch(read.values(), nowMs);
        if (isTargetDue && group.targetEpoch() != epoch()) {
            assign(read);
        }
        return reconciled();
    }

    /** As {@link #records}; but if the assignor fails, the old target stays until the next change. */
    List<GroupRecord> recordsWhateverTheAssignorDoes(long nowMs) {
        try {
            return records(nowMs);
        } catch (PenstockException e) {
            LOG.error("Group {} keeps its old assignment until something else changes", group.id(), e);
            return reconciled();
        }
    }

    private Collection<Subscription> subscriptions() {
        Map<Subscription, Integer> subscribers = new HashMap<>(group.subscribers());
        members.forEachChange((id, member) -> {
            MemberMetadata before = group.member(id);
            if (before != null) {
                subscribers.merge(before.subscription(), -1, Integer::sum);
            }
            if (member != null) {
                subscribers.merge(member.subscription(), 1, Integer::sum);
            }
        });
        subscribers.values().removeIf(count -> count == 0);
        return subscribers.keySet();
    }

    private void beginEpoch(Collection<TopicRecord> read, long nowMs) {
        long hash = SubscribedTopics.hash(read);
        if (rebalance || hash != group.topicsHash()) {
            newEpoch = new GroupEpoch(group.epoch() + 1, hash, nowMs);
        }
    }

    private int epoch() {
        return newEpoch == null ? group.epoch() : newEpoch.epoch();
    }

    private int targetEpoch() {
        return newTargetEpoch == null ? group.targetEpoch() : newTargetEpoch;
    }

    private void assign(SortedMap<String, TopicRecord> read) {
        SortedMap<String, MemberMetadata> all = members.all();
        Map<String, Set<TopicIdPartition>> assignment = all.isEmpty() ? Map.of() : assignment(all, read);
        for (String member : all.keySet()) {
            targets.put(member, new TreeSet<>(assignment.getOrDefault(member, Set.of())));
        }
        concerned.addAll(all.keySet());
        newTargetEpoch = epoch();
    }

    private Map<String, Set<TopicIdPartition>> assignment(
            SortedMap<String, MemberMetadata> all, SortedMap<String, TopicRecord> read) {
        GroupAssignor assignor = assignorOf(all.values(), settings);
        GroupSpec spec = spec(all, read);
        try {
            Map<String, Set<TopicIdPartition>> assignment = assignor.assign(spec);
            check(spec, assignment);
            return assignment;
        } catch (RuntimeException e) {
            throw new PenstockException(
                    ErrorCode.UNKNOWN_SERVER_ERROR,
                    "assignor '" + assignor.name() + "' failed on group " + group.id() + ": " + e.getMessage(),
                    e);
        }
    }

    private GroupSpec spec(SortedMap<String, MemberMetadata> all, SortedMap<String, TopicRecord> read) {
        Map<Subscription, Set<UUID>> ids = new HashMap<>();
        List<AssignedMember> assigned = all.entrySet().stream()
                .map(member -> new AssignedMember(
                        member.getKey(),
                        member.getValue().instanceId(),
                        member.getValue().rackId(),
                        ids.computeIfAbsent(member.getValue().subscription(), this::idsOf),
                        target(member.getKey())))
                .toList();
        return new GroupSpec(
                assigned,
                read.values().stream()
                        .map(topic -> new AssignedTopic(
                                topic.id(), topic.name(), topic.partitions().size()))
                        .toList());
    }

    private Set<UUID> idsOf(Subscription subscription) {
        return topics.of(subscription).values().stream().map(TopicRecord::id).collect(Collectors.toUnmodifiableSet());
    }

    private static void check(GroupSpec spec, Map<String, Set<TopicIdPartition>> assignment) {
        Map<TopicIdPartition, String> owners = new HashMap<>();
        Map<Object, Integer> sizes = new HashMap<>();
        spec.topics().forEach(topic -> sizes.put(topic.id(), topic.partitions()));
        for (AssignedMember member : spec.members()) {
            for (TopicIdPartition partition : assignment.getOrDefault(member.memberId(), Set.of())) {
                if (!member.topics().contains(partition.topicId())
                        || partition.partition() < 0
                        || partition.partition() >= sizes.get(partition.topicId())) {
                    throw new IllegalStateException(
                            "it gave " + partition + " to " + member.memberId() + ", who does not read it");
                }
                String other = owners.put(partition, member.memberId());
                if (other != null) {
                    throw new IllegalStateException(
                            "it gave " + partition + " to " + other + " and to " + member.memberId());
                }
            }
        }
    }

    /** The assignor that most members want, of several the first by name. */
    static GroupAssignor assignorOf(Collection<MemberMetadata> members, GroupSettings settings) {
        Map<String, Integer> votes = new TreeMap<>();
        for (MemberMetadata member : members) {
            String wanted = member.assignor();
            votes.merge(
                    wanted != null && settings.assignors().containsKey(wanted) ? wanted : settings.defaultAssignor(),
                    1,
                    Integer::sum);
        }
        String winner = settings.defaultAssignor();
        int most = 0;
        for (Map.Entry<String, Integer> vote : votes.entrySet()) {
            if (vote.getValue() > most) {
                winner = vote.getKey();
                most = vote.getValue();
            }
        }
        return settings.assignors().get(winner);
    }

    private List<GroupRecord> reconciled() {
        for (String member : List.copyOf(concerned)) {
            CurrentAssignment current = current(member);
            CurrentAssignment revoked = current.revoke(target(member));
            if (revoked != current) {
                putCurrent(member, revoked);
            }
        }
        concernThoseWhoWaitForWhatIsFree();
        for (String member : List.copyOf(concerned)) {
            CurrentAssignment current = current(member);
            CurrentAssignment advanced =
                    current.advance(targetEpoch(), target(member), partition -> holders.get(partition) == null);
            if (advanced != current) {
                putCurrent(member, advanced);
            }
        }
        return differences();
    }

    private void concernThoseWhoWaitForWhatIsFree() {
        holders.forEachChange((partition, holder) -> {
            String taker = group.takers().get(partition);
            if (holder == null && taker != null && members.get(taker) != null) {
                concerned.add(taker);
            }
        });
    }

    private List<GroupRecord> differences() {
        String id = group.id();
        List<GroupRecord> records = new ArrayList<>();
        if (newEpoch != null) {
            records.add(new GroupRecord.Epoch(id, newEpoch));
        }
        members.forEachChange((member, value) -> records.add(new GroupRecord.Member(id, member, value)));
        if (newTargetEpoch != null) {
            records.add(new GroupRecord.TargetEpoch(id, newTargetEpoch));
        }
        targets.forEachChange((member, value) -> records.add(new GroupRecord.Target(id, member, value)));
        currents.forEachChange((member, value) -> records.add(new GroupRecord.Current(id, member, value)));
        return records;
    }
}

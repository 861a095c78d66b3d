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
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A change of a group, thought through on a copy: first what happened to members, then what follows from it. If the
 * members, what they read, or the topics are not the same any more, the group's epoch grows and the assignor computes a
 * new target at it, at once or when one is due; then every member goes as far towards its target as it can. The records are what the copy differs
 * in from the group, which has not changed.
 */
final class GroupChange {

    private static final Logger LOG = LoggerFactory.getLogger(GroupChange.class);

    private final GroupSettings settings;
    private final SubscribedTopics topics;
    private final ConsumerGroup before;
    private final ConsumerGroup after;
    private final boolean isTargetDue;
    private boolean rebalance;

    /** @param isTargetDue whether there may be a new target now; if not, it is owed */
    GroupChange(GroupSettings settings, SubscribedTopics topics, ConsumerGroup group, boolean isTargetDue) {
        this.settings = settings;
        this.topics = topics;
        this.isTargetDue = isTargetDue;
        this.before = group;
        this.after = group.copy();
    }

    /** A member is new, or asks for something else than before. */
    void putMember(String memberId, MemberMetadata metadata) {
        MemberMetadata known = after.member(memberId);
        rebalance |= known == null || !isReadingAlike(known, metadata);
        set(new GroupRecord.Member(after.id(), memberId, metadata));
        setCurrent(memberId, after.current(memberId).comeBack());
    }

    private static boolean isReadingAlike(MemberMetadata one, MemberMetadata other) {
        return one.subscription().equals(other.subscription()) && Objects.equals(one.assignor(), other.assignor());
    }

    /** A member takes the place of another, and all that it had. */
    void replaceMember(String old, String memberId, MemberMetadata metadata) {
        MemberMetadata known = after.member(old);
        SortedSet<TopicIdPartition> target = after.target(old);
        CurrentAssignment current = after.current(old);
        boolean alike = known != null && isReadingAlike(known, metadata);
        forget(old);
        set(new GroupRecord.Member(after.id(), memberId, metadata));
        set(new GroupRecord.Target(after.id(), memberId, target));
        setCurrent(memberId, current.comeBack());
        rebalance |= !alike;
    }

    /** A member is out, and what it had is free. */
    void removeMember(String memberId) {
        forget(memberId);
        rebalance = true;
    }

    /** A static member leaves, and what it had waits for it. */
    void leave(String memberId) {
        setCurrent(memberId, after.current(memberId).leave());
    }

    /** A member says what it owns. */
    void confirm(String memberId, Set<TopicIdPartition> owned) {
        setCurrent(memberId, after.current(memberId).confirm(owned));
    }

    private void forget(String memberId) {
        set(new GroupRecord.Member(after.id(), memberId, null));
        set(new GroupRecord.Target(after.id(), memberId, null));
        set(new GroupRecord.Current(after.id(), memberId, null));
    }

    private void setCurrent(String memberId, CurrentAssignment current) {
        set(new GroupRecord.Current(after.id(), memberId, current));
    }

    private void set(GroupRecord record) {
        after.replay(record);
    }

    /**
     * What follows.
     *
     * @throws PenstockException UNKNOWN_SERVER_ERROR if the assignor fails
     */
    List<GroupRecord> records(long nowMs) {
        SortedMap<String, TopicRecord> read = topics.of(subscriptions());
        beginEpoch(read.values(), nowMs);
        if (isTargetDue && after.targetEpoch() != after.epoch()) {
            assign(read);
        }
        reconcile();
        return after.since(before);
    }

    /** As {@link #records}; but if the assignor fails, the old target stays until the next change. */
    List<GroupRecord> recordsWhateverTheAssignorDoes(long nowMs) {
        try {
            return records(nowMs);
        } catch (PenstockException e) {
            LOG.error("Group {} keeps its old assignment until something else changes", after.id(), e);
            reconcile();
            return after.since(before);
        }
    }

    private Collection<Subscription> subscriptions() {
        return after.members().values().stream()
                .map(MemberMetadata::subscription)
                .collect(Collectors.toSet());
    }

    private void beginEpoch(Collection<TopicRecord> read, long nowMs) {
        long hash = SubscribedTopics.hash(read);
        if (rebalance || hash != after.topicsHash()) {
            set(new GroupRecord.Epoch(after.id(), new GroupEpoch(after.epoch() + 1, hash, nowMs)));
        }
    }

    private void assign(SortedMap<String, TopicRecord> read) {
        Map<String, Set<TopicIdPartition>> assignment = after.members().isEmpty() ? Map.of() : assignment(read);
        for (String member : after.members().keySet()) {
            set(new GroupRecord.Target(after.id(), member, new TreeSet<>(assignment.getOrDefault(member, Set.of()))));
        }
        set(new GroupRecord.TargetEpoch(after.id(), after.epoch()));
    }

    private Map<String, Set<TopicIdPartition>> assignment(SortedMap<String, TopicRecord> read) {
        GroupAssignor assignor = assignorOf(after, settings);
        GroupSpec spec = spec(read);
        try {
            Map<String, Set<TopicIdPartition>> assignment = assignor.assign(spec);
            check(spec, assignment);
            return assignment;
        } catch (RuntimeException e) {
            throw new PenstockException(
                    ErrorCode.UNKNOWN_SERVER_ERROR,
                    "assignor '" + assignor.name() + "' failed on group " + after.id() + ": " + e.getMessage(),
                    e);
        }
    }

    private GroupSpec spec(SortedMap<String, TopicRecord> read) {
        Map<Subscription, Set<UUID>> ids = new HashMap<>();
        List<AssignedMember> members = after.members().entrySet().stream()
                .map(member -> new AssignedMember(
                        member.getKey(),
                        member.getValue().instanceId(),
                        member.getValue().rackId(),
                        ids.computeIfAbsent(member.getValue().subscription(), this::idsOf),
                        after.target(member.getKey())))
                .toList();
        return new GroupSpec(
                members,
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
    static GroupAssignor assignorOf(ConsumerGroup group, GroupSettings settings) {
        Map<String, Integer> votes = new TreeMap<>();
        for (MemberMetadata member : group.members().values()) {
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

    private void reconcile() {
        Set<TopicIdPartition> held = new HashSet<>();
        for (String member : after.members().keySet()) {
            CurrentAssignment current = after.current(member);
            CurrentAssignment revoked = current.revoke(after.target(member));
            revoked.addHeldTo(held);
            if (revoked != current) {
                setCurrent(member, revoked);
            }
        }
        for (String member : after.members().keySet()) {
            CurrentAssignment current = after.current(member);
            CurrentAssignment advanced = current.advance(after.targetEpoch(), after.target(member), held);
            if (advanced != current) {
                setCurrent(member, advanced);
            }
        }
    }
}

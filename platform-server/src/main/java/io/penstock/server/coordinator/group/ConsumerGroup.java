package io.penstock.server.coordinator.group;

import io.penstock.server.coordinator.group.MemberMetadata.Subscription;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A group whose members are assigned partitions by the broker. It is the set of its newest records and nothing else, so
 * that their order does not matter, and a compacted log gives the same group. What a decision has to know of all members
 * together is kept up to date record by record, so that nobody has to go through them for it.
 */
final class ConsumerGroup implements Group {

    /** The target of a member that has none. */
    static final SortedSet<TopicIdPartition> NO_TARGET = Collections.unmodifiableSortedSet(new TreeSet<>());

    private final String id;
    private @Nullable GroupEpoch epoch;
    private @Nullable Integer targetEpoch;
    private final SortedMap<String, MemberMetadata> members = new TreeMap<>();
    private final SortedMap<String, SortedSet<TopicIdPartition>> targets = new TreeMap<>();
    private final SortedMap<String, CurrentAssignment> currents = new TreeMap<>();

    // what follows from these
    private final Map<Subscription, Integer> subscribers = new HashMap<>();
    private final Map<String, String> instances = new HashMap<>();
    private final Owners takers = new Owners();
    private final Owners holders = new Owners();

    ConsumerGroup(String id) {
        this.id = id;
    }

    /** Makes a record of this group true. */
    void replay(GroupRecord record) {
        if (record instanceof GroupRecord.Epoch newer) {
            epoch = newer.value();
        } else if (record instanceof GroupRecord.TargetEpoch newer) {
            targetEpoch = newer.value();
        } else if (record instanceof GroupRecord.Member member) {
            putMember(member.memberId(), member.value());
        } else if (record instanceof GroupRecord.Target target) {
            SortedSet<TopicIdPartition> before = target(target.memberId());
            put(targets, target.memberId(), target.value());
            takers.change(target.memberId(), before, target(target.memberId()));
        } else if (record instanceof GroupRecord.Current current) {
            CurrentAssignment before = current(current.memberId());
            put(currents, current.memberId(), current.value());
            holders.change(
                    current.memberId(),
                    before.held(),
                    current(current.memberId()).held());
        }
    }

    private void putMember(String memberId, @Nullable MemberMetadata member) {
        MemberMetadata before = members.get(memberId);
        put(members, memberId, member);
        if (before != null) {
            subscribers.computeIfPresent(before.subscription(), (same, count) -> count == 1 ? null : count - 1);
            if (before.instanceId() != null) {
                instances.remove(before.instanceId(), memberId);
            }
        }
        if (member != null) {
            subscribers.merge(member.subscription(), 1, Integer::sum);
            if (member.instanceId() != null) {
                instances.put(member.instanceId(), memberId);
            }
        }
    }

    private static <V> void put(Map<String, V> map, String key, @Nullable V value) {
        if (value == null) {
            map.remove(key);
        } else {
            map.put(key, value);
        }
    }

    /** The records that delete the group. */
    List<GroupRecord> tombstones() {
        List<GroupRecord> records = new ArrayList<>();
        if (epoch != null) {
            records.add(new GroupRecord.Epoch(id, null));
        }
        members.keySet().forEach(member -> records.add(new GroupRecord.Member(id, member, null)));
        if (targetEpoch != null) {
            records.add(new GroupRecord.TargetEpoch(id, null));
        }
        targets.keySet().forEach(member -> records.add(new GroupRecord.Target(id, member, null)));
        currents.keySet().forEach(member -> records.add(new GroupRecord.Current(id, member, null)));
        return records;
    }

    boolean isNothing() {
        return epoch == null && targetEpoch == null && members.isEmpty() && targets.isEmpty() && currents.isEmpty();
    }

    String id() {
        return id;
    }

    /** The epoch; 0 before the first. */
    int epoch() {
        return epoch == null ? 0 : epoch.epoch();
    }

    /** The hash of the topics at the epoch. */
    long topicsHash() {
        return epoch == null ? 0 : epoch.topicsHash();
    }

    /** When the epoch began, in milliseconds since the epoch of time; of a group without members, when the last went. */
    long epochSinceMs() {
        return epoch == null ? 0 : epoch.sinceMs();
    }

    /** The epoch at which the target was computed; 0 before the first. */
    int targetEpoch() {
        return targetEpoch == null ? 0 : targetEpoch;
    }

    /** The members by id. */
    SortedMap<String, MemberMetadata> members() {
        return Collections.unmodifiableSortedMap(members);
    }

    @Nullable
    MemberMetadata member(String memberId) {
        return members.get(memberId);
    }

    /** The id of the member that a static member's name belongs to now, or null. */
    @Nullable
    String memberOf(String instanceId) {
        return instances.get(instanceId);
    }

    /** What members read, and how many of them read just that. */
    Map<Subscription, Integer> subscribers() {
        return Collections.unmodifiableMap(subscribers);
    }

    /** What members are to own in the end, by member. */
    SortedMap<String, SortedSet<TopicIdPartition>> targets() {
        return Collections.unmodifiableSortedMap(targets);
    }

    /** What members may own now, by member. */
    SortedMap<String, CurrentAssignment> currents() {
        return Collections.unmodifiableSortedMap(currents);
    }

    /** Who is to own a partition in the end, by partition. */
    Map<TopicIdPartition, String> takers() {
        return takers.byPartition();
    }

    /** Who may own a partition, or has not given it up, by partition. */
    Map<TopicIdPartition, String> holders() {
        return holders.byPartition();
    }

    /** What a member is to own in the end. */
    SortedSet<TopicIdPartition> target(String memberId) {
        return targets.getOrDefault(memberId, NO_TARGET);
    }

    /** What a member may own now. */
    CurrentAssignment current(String memberId) {
        return currents.getOrDefault(memberId, CurrentAssignment.NOTHING);
    }

    @Override
    public String type() {
        return "consumer";
    }

    @Override
    public int memberCount() {
        return members.size();
    }

    @Override
    public String state() {
        if (members.isEmpty()) {
            return "Empty";
        }
        if (epoch() > targetEpoch()) {
            return "Assigning";
        }
        return members.keySet().stream().map(this::current).allMatch(this::isReconciled) ? "Stable" : "Reconciling";
    }

    private boolean isReconciled(CurrentAssignment current) {
        return current.isAway() || current.epoch() == targetEpoch() && current.state() == MemberState.STABLE;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ConsumerGroup that
                && id.equals(that.id)
                && Objects.equals(epoch, that.epoch)
                && Objects.equals(targetEpoch, that.targetEpoch)
                && members.equals(that.members)
                && targets.equals(that.targets)
                && currents.equals(that.currents);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, epoch, targetEpoch, members, targets, currents);
    }

    @Override
    public String toString() {
        return "group " + id + " at " + epoch + ", target at " + targetEpoch + ", members " + members + ", targets "
                + targets + ", assigned " + currents;
    }
}

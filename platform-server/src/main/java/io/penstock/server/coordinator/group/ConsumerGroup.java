package io.penstock.server.coordinator.group;

import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.util.ArrayList;
import java.util.Collections;
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
 * that their order does not matter, and a compacted log gives the same group.
 */
final class ConsumerGroup implements Group {

    private static final SortedSet<TopicIdPartition> NO_TARGET = Collections.unmodifiableSortedSet(new TreeSet<>());

    private final String id;
    private @Nullable GroupEpoch epoch;
    private @Nullable Integer targetEpoch;
    private final SortedMap<String, MemberMetadata> members;
    private final SortedMap<String, SortedSet<TopicIdPartition>> targets;
    private final SortedMap<String, CurrentAssignment> currents;

    ConsumerGroup(String id) {
        this(id, null, null, new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
    }

    private ConsumerGroup(
            String id,
            @Nullable GroupEpoch epoch,
            @Nullable Integer targetEpoch,
            SortedMap<String, MemberMetadata> members,
            SortedMap<String, SortedSet<TopicIdPartition>> targets,
            SortedMap<String, CurrentAssignment> currents) {
        this.id = id;
        this.epoch = epoch;
        this.targetEpoch = targetEpoch;
        this.members = members;
        this.targets = targets;
        this.currents = currents;
    }

    ConsumerGroup copy() {
        return new ConsumerGroup(
                id, epoch, targetEpoch, new TreeMap<>(members), new TreeMap<>(targets), new TreeMap<>(currents));
    }

    /** Makes a record of this group true. */
    void replay(GroupRecord record) {
        if (record instanceof GroupRecord.Epoch newer) {
            epoch = newer.value();
        } else if (record instanceof GroupRecord.TargetEpoch newer) {
            targetEpoch = newer.value();
        } else if (record instanceof GroupRecord.Member member) {
            put(members, member.memberId(), member.value());
        } else if (record instanceof GroupRecord.Target target) {
            put(targets, target.memberId(), target.value());
        } else if (record instanceof GroupRecord.Current current) {
            put(currents, current.memberId(), current.value());
        }
    }

    private static <V> void put(Map<String, V> map, String key, @Nullable V value) {
        if (value == null) {
            map.remove(key);
        } else {
            map.put(key, value);
        }
    }

    /** The records that make of an older copy what this is. */
    List<GroupRecord> since(ConsumerGroup before) {
        List<GroupRecord> records = new ArrayList<>();
        if (!Objects.equals(epoch, before.epoch)) {
            records.add(new GroupRecord.Epoch(id, epoch));
        }
        changed(members, before.members, (member, value) -> records.add(new GroupRecord.Member(id, member, value)));
        if (!Objects.equals(targetEpoch, before.targetEpoch)) {
            records.add(new GroupRecord.TargetEpoch(id, targetEpoch));
        }
        changed(targets, before.targets, (member, value) -> records.add(new GroupRecord.Target(id, member, value)));
        changed(currents, before.currents, (member, value) -> records.add(new GroupRecord.Current(id, member, value)));
        return records;
    }

    private interface Change<V> {
        void to(String member, @Nullable V value);
    }

    private static <V> void changed(Map<String, V> now, Map<String, V> before, Change<V> change) {
        before.keySet().stream().filter(member -> !now.containsKey(member)).forEach(member -> change.to(member, null));
        now.forEach((member, value) -> {
            V old = before.get(member);
            if (value != old && !value.equals(old)) {
                change.to(member, value);
            }
        });
    }

    /** The records that delete the group. */
    List<GroupRecord> tombstones() {
        return new ConsumerGroup(id).since(this);
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
        for (Map.Entry<String, MemberMetadata> member : members.entrySet()) {
            if (instanceId.equals(member.getValue().instanceId())) {
                return member.getKey();
            }
        }
        return null;
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
                && since(that).isEmpty();
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

package io.penstock.server.coordinator.group;

import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a member may own now, and how far it is on the way to its target.
 *
 * <pre>
 *              target without some of what is assigned
 *    STABLE ────────────────────────────────────────────► UNREVOKED_PARTITIONS
 *      ▲  ▲                                                  │ all given up
 *      │  └──────────── nobody owns what is missing ◄────────┤
 *      │                                                     ▼ others own what is missing
 *      └──────────────── they gave it up ◄──────── UNRELEASED_PARTITIONS
 * </pre>
 *
 * A target can change in every state; in UNREVOKED_PARTITIONS nothing more is to be given up for it until all of that is.
 *
 * @param epoch the member's epoch, which is that of the target it follows; {@link #AWAY} if it left and may come back
 * @param previousEpoch the epoch before; of a member that is away, the one that it had
 * @param state derived from the rest, and kept because the log has it
 * @param assigned what it may own, with the epoch at which it was given each
 * @param pending what it has to give up and has not yet, with the epoch at which it was given each
 */
record CurrentAssignment(
        int epoch,
        int previousEpoch,
        MemberState state,
        SortedMap<TopicIdPartition, Integer> assigned,
        SortedMap<TopicIdPartition, Integer> pending) {

    /** The epoch of a static member that left and may come back. */
    static final int AWAY = -2;

    /** A member that is new and has nothing. */
    static final CurrentAssignment NOTHING =
            new CurrentAssignment(0, 0, MemberState.STABLE, new TreeMap<>(), new TreeMap<>());

    CurrentAssignment {
        assigned = Collections.unmodifiableSortedMap(assigned);
        pending = Collections.unmodifiableSortedMap(pending);
    }

    boolean isAway() {
        return epoch == AWAY;
    }

    /** The epoch at which the member was given a partition that it has not given up, or null. */
    @Nullable
    Integer epochOf(TopicIdPartition partition) {
        Integer given = assigned.get(partition);
        return given == null ? pending.get(partition) : given;
    }

    /** All that nobody else may be given: what it may own, and what it has not given up. */
    Collection<TopicIdPartition> held() {
        if (pending.isEmpty()) {
            return assigned.keySet();
        }
        List<TopicIdPartition> held = new ArrayList<>(assigned.keySet());
        held.addAll(pending.keySet());
        return held;
    }

    /** Whether a member that was told the one has nothing new to hear of the other. */
    boolean tellsTheSameAs(CurrentAssignment other) {
        return epoch == other.epoch && assigned.keySet().equals(other.assigned.keySet());
    }

    /** The member says what it owns: what it was to give up and does not own any more is given up. */
    CurrentAssignment confirm(Set<TopicIdPartition> owned) {
        SortedMap<TopicIdPartition, Integer> left = filter(pending, owned::contains);
        return left.size() == pending.size()
                ? this
                : new CurrentAssignment(epoch, previousEpoch, state, assigned, left);
    }

    /** A static member leaves: it owns nothing, but what is assigned to it waits. */
    CurrentAssignment leave() {
        return new CurrentAssignment(
                AWAY, isAway() ? previousEpoch : epoch, MemberState.STABLE, assigned, new TreeMap<>());
    }

    /** A static member comes back to what waited for it. */
    CurrentAssignment comeBack() {
        return isAway() ? new CurrentAssignment(previousEpoch, previousEpoch, state, assigned, pending) : this;
    }

    /**
     * The first step towards a target: what is not in it is to be given up, or, of a member that is away, is given up at
     * once. Nothing happens while an earlier revocation goes on.
     */
    CurrentAssignment revoke(SortedSet<TopicIdPartition> target) {
        if (!pending.isEmpty() || target.containsAll(assigned.keySet())) {
            return this;
        }
        SortedMap<TopicIdPartition, Integer> leaving = filter(assigned, partition -> !target.contains(partition));
        SortedMap<TopicIdPartition, Integer> staying = filter(assigned, target::contains);
        return isAway()
                ? new CurrentAssignment(epoch, previousEpoch, state, staying, pending)
                : new CurrentAssignment(epoch, previousEpoch, MemberState.UNREVOKED_PARTITIONS, staying, leaving);
    }

    /**
     * The second step: the member gets those partitions of the target that nobody holds, also while it still gives others
     * up, since who waits for a slow handler's last record should not keep what is free from being read. With nothing left to
     * give up, or when it gets something, it moves to the target's epoch.
     *
     * @param isFree tells whether nobody holds a partition
     */
    CurrentAssignment advance(int targetEpoch, SortedSet<TopicIdPartition> target, Predicate<TopicIdPartition> isFree) {
        if (isAway()) {
            return this;
        }
        SortedMap<TopicIdPartition, Integer> gained = new TreeMap<>(assigned);
        for (TopicIdPartition partition : target) {
            if (!assigned.containsKey(partition) && isFree.test(partition)) {
                gained.put(partition, targetEpoch);
            }
        }
        boolean hasGained = gained.size() > assigned.size();
        MemberState reached =
                gained.keySet().containsAll(target) ? MemberState.STABLE : MemberState.UNRELEASED_PARTITIONS;
        MemberState next = pending.isEmpty() ? reached : state;
        boolean hasMoved = pending.isEmpty() && (epoch != targetEpoch || state != next);
        return hasGained || hasMoved
                ? new CurrentAssignment(
                        targetEpoch, epoch == targetEpoch ? previousEpoch : epoch, next, gained, pending)
                : this;
    }

    private static SortedMap<TopicIdPartition, Integer> filter(
            SortedMap<TopicIdPartition, Integer> partitions, Predicate<TopicIdPartition> which) {
        SortedMap<TopicIdPartition, Integer> filtered = new TreeMap<>(partitions);
        filtered.keySet().removeIf(which.negate());
        return filtered;
    }
}

package io.penstock.server.coordinator.group;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How often a group gets a new target. One costs work and messages for every member, so that a group of many members
 * which all join at once gets few: the next one comes no sooner than a millisecond for every {@value #MEMBERS_PER_MS}
 * members after the last, and twice as late as the time before while changes go on, so that it is few however long the
 * storm lasts; at most {@value #MAX_WAIT_MS} ms. What changes meanwhile goes into it together. A small group never waits.
 * Not in the log.
 */
final class TargetPace {

    static final int MEMBERS_PER_MS = 8;
    static final long MAX_WAIT_MS = 1_000;

    private record Pace(long computedMs, long waitMs) {

        long dueMs() {
            return computedMs + waitMs;
        }

        /** Whether a target at this time is one of a series. */
        boolean goesOnAt(long atMs) {
            return atMs <= dueMs() + waitMs;
        }
    }

    private final Map<String, Pace> paces = new HashMap<>();
    private final Deadlines<String> late = new Deadlines<>();

    /** Whether a group may have a new target now. */
    boolean isDue(ConsumerGroup group, long nowMs) {
        return dueMs(group) <= nowMs;
    }

    private long dueMs(ConsumerGroup group) {
        Pace pace = paces.get(group.id());
        return pace == null ? Long.MIN_VALUE : pace.dueMs();
    }

    /** A group has a new target. */
    void computed(ConsumerGroup group, long atMs) {
        Pace last = paces.get(group.id());
        long least = group.memberCount() / MEMBERS_PER_MS;
        long wait = least > 0 && last != null && last.goesOnAt(atMs) ? Math.max(least, 2 * last.waitMs) : least;
        paces.put(group.id(), new Pace(atMs, Math.min(MAX_WAIT_MS, wait)));
    }

    /** A group has changed; if it is ahead of its target it is to be looked at again. */
    void changed(ConsumerGroup group) {
        if (group.epoch() > group.targetEpoch()) {
            late.schedule(group.id(), dueMs(group));
        } else {
            late.cancel(group.id());
        }
    }

    /** A group is no more. */
    void gone(String group) {
        paces.remove(group);
    }

    /** When a group may have the target that it waits for. */
    OptionalLong next() {
        return late.next();
    }

    /** Takes the groups that may have their targets now. */
    List<String> takeDue(long nowMs) {
        return late.takeDue(nowMs);
    }

    /** Forgets times of before a load. */
    void clear() {
        paces.clear();
        late.clear();
    }
}

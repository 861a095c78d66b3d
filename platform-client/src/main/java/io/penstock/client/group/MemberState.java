package io.penstock.client.group;

import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.TopicPartitions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a member owns, and what it was told: from assignments and from what was drained it says what to begin, what to
 * give up, and when to answer. Without I/O; not thread-safe.
 *
 * <pre>
 *   (assigned) ──► owned ──► (not assigned any more) draining ──► (released) gone, or owned anew if assigned again
 * </pre>
 *
 * <p>An assignment is answered whenever something of what it takes away is given up, so that the next owner of that one
 * does not wait for the rest; one that takes nothing away, at once. A member that leaves wants everything taken away, and
 * goes when it owns nothing. A channel that ended answers nothing; the next one begins by saying what is owned.
 */
final class MemberState {

    /**
     * What follows.
     *
     * @param added to be read from now on
     * @param revoked to be drained, and then {@link #release}d
     */
    record Changes(List<AssignedPartition> added, List<AssignedPartition> revoked) {

        private static final Changes NONE = new Changes(List.of(), List.of());

        boolean isNone() {
            return added.isEmpty() && revoked.isEmpty();
        }
    }

    private enum Use {
        OWNED,
        DRAINING
    }

    private final Map<AssignedPartition, Use> uses = new LinkedHashMap<>();
    private Set<AssignedPartition> assigned = Set.of();
    private volatile int epoch = Membership.NEW;
    private Membership.@Nullable Assignment newest;
    private boolean answerDue;
    private boolean leaving;
    private boolean retiring;

    /** The newest epoch that was heard of, for commits and reports; safe for any thread. */
    int epoch() {
        return epoch;
    }

    /** All that is the member's, what is draining included. */
    Set<AssignedPartition> owned() {
        return Set.copyOf(uses.keySet());
    }

    boolean ownsNothing() {
        return uses.isEmpty();
    }

    /** What to say of that when a channel is opened. */
    List<TopicPartitions> ownedByTopic() {
        return byTopic(uses.keySet());
    }

    /** Follows an assignment of the channel that is open now. */
    Changes onAssignment(Membership.Assignment assignment) {
        epoch = assignment.memberEpoch();
        assigned = partitions(assignment.assigned());
        newest = assignment;
        answerDue = true;
        if (leaving) {
            return Changes.NONE;
        }
        List<AssignedPartition> revoked = new ArrayList<>();
        uses.replaceAll((partition, use) -> {
            if (use == Use.OWNED && !assigned.contains(partition)) {
                revoked.add(partition);
                return Use.DRAINING;
            }
            return use;
        });
        List<AssignedPartition> added = new ArrayList<>();
        for (AssignedPartition partition : assigned) {
            if (uses.putIfAbsent(partition, Use.OWNED) == null) {
                added.add(partition);
            }
        }
        answerDue = assigned.containsAll(uses.keySet());
        return new Changes(added, revoked);
    }

    /** A partition is given up, drained or not. It is to be begun anew if it was assigned again meanwhile. */
    Changes release(AssignedPartition partition) {
        Use use = uses.remove(partition);
        if (use != Use.DRAINING) {
            return Changes.NONE;
        }
        if (leaving || !assigned.contains(partition)) {
            answerDue = true;
            return Changes.NONE;
        }
        uses.put(partition, Use.OWNED);
        return new Changes(List.of(partition), List.of());
    }

    /** What there is to answer to the newest assignment; null if that is nothing. */
    Membership.@Nullable Report takeAnswer() {
        Membership.Assignment answered = newest;
        if (answered == null || !answerDue || leaving && !retiring) {
            return null;
        }
        answerDue = false;
        return leaving
                ? Membership.Report.retiring(answered, ownedByTopic())
                : Membership.Report.owning(answered, ownedByTopic());
    }

    /** The channel is gone, and with it what was to be answered. */
    void onChannelEnded() {
        newest = null;
    }

    /**
     * The member goes: nothing is begun any more, and everything is to be drained.
     *
     * @param retires whether the group is to hear of it before all is drained, so that others get each partition then
     */
    List<AssignedPartition> leave(boolean retires) {
        leaving = true;
        retiring = retires;
        answerDue = true;
        List<AssignedPartition> revoked = new ArrayList<>();
        uses.replaceAll((partition, use) -> {
            if (use == Use.OWNED) {
                revoked.add(partition);
            }
            return Use.DRAINING;
        });
        return revoked;
    }

    /** The coordinator does not know the member any more: what it had is others' now. It begins as a new one. */
    Set<AssignedPartition> lose() {
        Set<AssignedPartition> lost = new LinkedHashSet<>(uses.keySet());
        uses.clear();
        assigned = Set.of();
        newest = null;
        epoch = Membership.NEW;
        return lost;
    }

    private static Set<AssignedPartition> partitions(List<TopicPartitions> topics) {
        Set<AssignedPartition> partitions = new LinkedHashSet<>();
        for (TopicPartitions topic : topics) {
            for (int partition : topic.partitions()) {
                partitions.add(new AssignedPartition(topic.topicId(), new TopicPartition(topic.topic(), partition)));
            }
        }
        return partitions;
    }

    private static List<TopicPartitions> byTopic(Collection<AssignedPartition> partitions) {
        Map<UUID, TopicPartitions> topics = new LinkedHashMap<>();
        for (AssignedPartition partition : partitions) {
            topics.computeIfAbsent(
                            partition.topicId(),
                            id -> new TopicPartitions(
                                    id, partition.topicPartition().topic(), new ArrayList<>()))
                    .partitions()
                    .add(partition.topicPartition().partition());
        }
        return List.copyOf(topics.values());
    }
}

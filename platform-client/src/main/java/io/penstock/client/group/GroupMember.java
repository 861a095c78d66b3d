package io.penstock.client.group;

import io.penstock.client.connection.BrokerSession;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.OffsetRanges;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.FinishedRanges;
import io.penstock.core.protocol.codec.RSocketErrors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * A member of a group as a subscription sees it: partitions come with where to begin, and go when what was handed out
 * of them is acknowledged and committed, or their time is over. Runs in turn; acknowledgements come from any thread.
 *
 * <pre>
 *   added ──► begun ──► draining ──► (all acknowledged, or the deadline) committing ──► released
 *     └───────────┴──────────┴──► lost, at any time
 * </pre>
 */
public final class GroupMember {

    /** Told of what happens, in turn. */
    public interface Listener {

        /** The member is in the group, or back in it. */
        void onJoined(int brokerId, int epoch);

        /** A partition was assigned; {@link GroupMember#begin} follows when it is known where. */
        void onAssigned(List<AssignedPartition> partitions);

        /** Where a partition goes on. */
        void onCommitted(AssignedPartition partition, CommittedStart start);

        /** Nothing more may be handed out of partitions; with how many records are not acknowledged. */
        void onRevoking(Map<AssignedPartition, Long> unacknowledged, Duration deadline);

        /** A partition was given up. */
        void onRevoked(AssignedPartition partition, long unacknowledged);

        /** Partitions are others' by now: nothing more may be handed out of them, and no commit is taken. */
        void onLost(Set<AssignedPartition> partitions, PenstockException why);

        /** Something is waited for, and tried again after a pause. */
        void onWaiting(Duration pause, PenstockException why);

        /** An offset was not taken. */
        void onCommitRefused(TopicPartition partition, PenstockException why);

        /** Nothing more is handed out of a partition: too many gaps follow this offset. */
        void onFull(AssignedPartition partition, long offset);

        /** More of a partition may be handed out. */
        void onRoom(AssignedPartition partition);

        /** A record was not acknowledged in the time that the options give; not in turn, and maybe more than once. */
        void onStalling(TopicPartition partition, long offset);

        /** The same in turn: the member is to end. */
        void onStalled(PenstockException why);

        /** The group does not take the member, and will not. */
        void onRefused(PenstockException why);

        /** It is over: the member has left, or could not say so in time. */
        void onLeft();
    }

    /**
     * What was committed of a partition.
     *
     * @param offset the next offset to read, or -1 if nothing was committed
     * @param finished what is finished beyond it
     */
    public record CommittedStart(long offset, OffsetRanges finished) {}

    /** What a member wants to read, and what it calls itself. */
    public record Subscription(List<String> topics, List<String> patterns, String clientId) {}

    private static final int VERSION = 1;
    /** How long the end may take after the drain: a commit and a goodbye. */
    private static final Duration END_TIMEOUT = Duration.ofSeconds(5);

    private final GroupOptions options;
    private final Coordinator coordinator;
    private final GroupMembership membership;
    private final OffsetCommitter committer;
    private final ProgressWatch watch = new ProgressWatch(this::onStalled);
    private final Turns turns;
    private final Listener listener;
    private final Map<AssignedPartition, Held> held = new LinkedHashMap<>();
    private final Disposable.Composite timers = Disposables.composite();
    private boolean over;

    /** Does nothing before {@link #join}. */
    public GroupMember(
            GroupOptions options, Subscription subscription, ClusterMetadata metadata, Turns turns, Listener listener) {
        this.options = options;
        this.turns = turns;
        this.listener = listener;
        this.coordinator = new Coordinator(options.groupId(), metadata);
        this.membership = new GroupMembership(options, subscription, coordinator, turns, new MembershipEvents());
        this.committer = new OffsetCommitter(options, membership, coordinator, turns, new CommitEvents());
    }

    /** Finds the coordinator and joins the group. */
    public void join() {
        membership.open();
        Duration deadline = options.progressDeadline();
        if (deadline != null) {
            timers.add(turns.repeatBeside(watch::look, deadline));
        }
    }

    // what is read

    /** Of a partition that was assigned and is still held: where it begins, or begins anew. */
    public Deliveries begin(AssignedPartition partition, long offset, OffsetRanges finished, boolean isCommitted) {
        Held of = held.get(partition);
        if (of == null || of.use != Use.READ) {
            return Deliveries.UNTRACKED; // it is given up already, and hands nothing out
        }
        PartitionProgress progress = options.commits() instanceof CommitPolicy.AtMostOnce
                ? new CommitAhead(offset, finished, isCommitted, of)
                : new AcknowledgementTracker(offset, finished, isCommitted, of);
        of.progress = progress;
        if (isCommitted) {
            committer.onCommitted(partition, offset);
        }
        watch.add(partition, progress);
        committer.add(partition, progress);
        return progress;
    }

    /** The newest epoch of the member; any thread. */
    public int epoch() {
        return membership.epoch();
    }

    /** The offset that the group has committed of a partition that is held, or -1; any thread. */
    public long committed(AssignedPartition partition) {
        return committer.committed(partition);
    }

    /** Whether a partition may be read. */
    public boolean reads(AssignedPartition partition) {
        Held of = held.get(partition);
        return of != null && of.use == Use.READ;
    }

    /** Gives a partition up at once: there is nothing left of it to commit. */
    public void drop(AssignedPartition partition) {
        Held of = held.get(partition);
        if (of != null) {
            of.release();
        }
    }

    /** Commits all that is finished now. */
    public void commit(CommitWaiter waiter) {
        committer.commit(waiter);
    }

    // the end

    /**
     * Leaves the group: commits what is finished, and says so.
     *
     * @param drain whether to wait, as long as the options say, for what was handed out
     */
    public void leave(boolean drain) {
        if (over) {
            return;
        }
        Duration deadline = drain ? options.drainTimeout() : Duration.ZERO;
        later(membership::end, deadline.plus(END_TIMEOUT));
        List<AssignedPartition> revoked = membership.leave(drain);
        if (!drain) {
            List.copyOf(held.values()).forEach(Held::hurry);
        }
        revoke(revoked, deadline);
        membership.leaveIfNothingIsOwned();
    }

    private void later(Runnable task, Duration delay) {
        Disposable.Swap timer = Disposables.swap();
        timers.add(timer);
        timer.update(turns.executeLater(
                () -> {
                    timers.remove(timer);
                    task.run();
                },
                delay));
    }

    // what a partition goes through

    private enum Use {
        READ,
        DRAINING,
        COMMITTING,
        RELEASED
    }

    /** A partition that is the member's. */
    private final class Held implements PartitionProgress.Listener {

        private final AssignedPartition partition;
        private @Nullable PartitionProgress progress;
        private Use use = Use.READ;

        Held(AssignedPartition partition) {
            this.partition = partition;
        }

        @Override
        public void onAcknowledged(long records) {
            committer.onAcknowledged(records);
        }

        @Override
        public void onFull() {
            turns.execute(() -> {
                PartitionProgress known = progress;
                if (use == Use.READ && known != null) {
                    listener.onFull(partition, known.firstUnfinished());
                }
            });
        }

        @Override
        public void onRoom() {
            turns.execute(() -> {
                if (use == Use.READ) {
                    listener.onRoom(partition);
                }
            });
        }

        @Override
        public void onDrained() {
            turns.execute(this::commitLast);
        }

        long unacknowledged() {
            PartitionProgress known = progress;
            return known == null ? 0 : known.unacknowledged();
        }

        /** Nothing more is handed out; what was is waited for until the deadline. */
        void drain(Duration deadline) {
            use = Use.DRAINING;
            PartitionProgress known = progress;
            if (known == null) {
                release();
                return;
            }
            if (known.drain()) {
                commitLast();
            }
            if (use == Use.DRAINING && deadline.isZero()) {
                hurry();
            } else if (use == Use.DRAINING) {
                later(this::hurry, deadline);
            }
        }

        /** The time is over. */
        void hurry() {
            if (use == Use.DRAINING && options.commits() instanceof CommitPolicy.Manual) {
                release();
            } else {
                commitLast();
            }
        }

        private void commitLast() {
            if (use != Use.DRAINING) {
                return;
            }
            if (options.commits() instanceof CommitPolicy.Manual) {
                releaseIfCommitted();
                return;
            }
            use = Use.COMMITTING;
            committer.commit(error -> release());
        }

        /** Where the user commits: all that was handed out is acknowledged and committed. */
        void releaseIfCommitted() {
            PartitionProgress known = progress;
            if (use == Use.DRAINING && known != null && known.isSettled()) {
                release();
            }
        }

        private void release() {
            if (use == Use.RELEASED) {
                return;
            }
            lose();
            held.remove(partition, this);
            listener.onRevoked(partition, unacknowledged());
            membership.release(partition);
        }

        void lose() {
            use = Use.RELEASED;
            watch.remove(partition);
            committer.remove(partition);
        }
    }

    private void revoke(List<AssignedPartition> partitions, Duration deadline) {
        Map<AssignedPartition, Long> unacknowledged = new LinkedHashMap<>();
        List<Held> revoked = new ArrayList<>();
        for (AssignedPartition partition : partitions) {
            Held of = held.get(partition);
            if (of != null) {
                revoked.add(of);
                unacknowledged.put(partition, of.unacknowledged());
            }
        }
        if (!revoked.isEmpty()) {
            listener.onRevoking(unacknowledged, deadline);
            revoked.forEach(of -> of.drain(deadline));
        }
    }

    /** Out of turn. At the second look after the deadline the turn has not come: the handler holds the thread. */
    private void onStalled(AssignedPartition partition, long offset, int looks) {
        TopicPartition where = partition.topicPartition();
        listener.onStalling(where, offset);
        if (looks == 1) {
            PenstockException why = stalled(where, offset);
            turns.execute(() -> listener.onStalled(why));
        } else {
            membership.leaveAtOnce();
        }
    }

    private PenstockException stalled(TopicPartition partition, long offset) {
        return new PenstockException(
                ErrorCode.PROGRESS_DEADLINE_EXCEEDED,
                partition + "@" + offset + " was given out and not acknowledged within " + options.progressDeadline()
                        + ", the progress deadline of member " + membership.memberId() + " of group "
                        + options.groupId() + ": acknowledge it, finish it sooner, or raise the deadline");
    }

    // where partitions begin

    private void fetchOffsets(Collection<AssignedPartition> partitions, int failures) {
        List<AssignedPartition> wanted = partitions.stream().filter(this::reads).toList();
        if (wanted.isEmpty() || over) {
            return;
        }
        Map<String, List<Integer>> byTopic = new LinkedHashMap<>();
        wanted.forEach(
                partition -> byTopic.computeIfAbsent(partition.topicPartition().topic(), topic -> new ArrayList<>())
                        .add(partition.topicPartition().partition()));
        GroupOffsets.Fetch request = new GroupOffsets.Fetch(
                VERSION,
                options.groupId(),
                membership.memberId(),
                membership.epoch(),
                byTopic.entrySet().stream()
                        .map(topic -> new GroupOffsets.TopicPartitionNames(topic.getKey(), topic.getValue()))
                        .toList(),
                true);
        Disposable.Swap asking = Disposables.swap();
        timers.add(asking);
        asking.update(coordinator
                .ask(Verb.FETCH_OFFSETS, request, GroupOffsets.FetchResponse.class)
                .doFinally(signal -> timers.remove(asking))
                .subscribe(
                        response -> turns.execute(() -> onOffsets(wanted, response, failures)),
                        error ->
                                turns.execute(() -> fetchAgain(wanted, RSocketErrors.fromRSocket(error), failures + 1)),
                        null,
                        BrokerSession.QUIET));
    }

    private void fetchAgain(List<AssignedPartition> partitions, PenstockException why, int failures) {
        if (!over) {
            Duration pause = turns.backoff(failures);
            listener.onWaiting(pause, why);
            later(() -> fetchOffsets(partitions, failures), pause);
        }
    }

    private void onOffsets(List<AssignedPartition> wanted, GroupOffsets.FetchResponse response, int failures) {
        Map<TopicPartition, GroupOffsets.Committed> offsets = new LinkedHashMap<>();
        response.offsets()
                .forEach(offset -> offsets.put(new TopicPartition(offset.topic(), offset.partition()), offset));
        List<AssignedPartition> unknown = new ArrayList<>();
        ErrorCode why = ErrorCode.UNKNOWN_SERVER_ERROR;
        for (AssignedPartition partition : wanted) {
            GroupOffsets.Committed committed = offsets.get(partition.topicPartition());
            if (committed == null || committed.error() != 0) {
                unknown.add(partition);
                why = committed == null ? why : ErrorCode.ofNumber(committed.error());
            } else if (reads(partition)) {
                listener.onCommitted(partition, start(partition, committed));
            }
        }
        if (!unknown.isEmpty()) {
            fetchAgain(
                    unknown,
                    new PenstockException(
                            why,
                            "group " + options.groupId() + " does not say where to go on in " + unknown + ": "
                                    + why.meaning()),
                    failures + 1);
        }
    }

    /** An offset of a topic that was deleted means nothing for the one that was created in its place. */
    private static CommittedStart start(AssignedPartition partition, GroupOffsets.Committed committed) {
        boolean isOther = committed.topicId() != null && !committed.topicId().equals(partition.topicId());
        if (isOther || committed.offset() < 0) {
            return new CommittedStart(-1, new OffsetRanges());
        }
        return new CommittedStart(committed.offset(), FinishedRanges.decode(committed.finished(), committed.offset()));
    }

    private final class MembershipEvents implements GroupMembership.Listener {

        @Override
        public void onJoined(int brokerId, int epoch) {
            listener.onJoined(brokerId, epoch);
        }

        @Override
        public void onAdded(List<AssignedPartition> partitions) {
            partitions.forEach(partition -> held.put(partition, new Held(partition)));
            listener.onAssigned(partitions);
            fetchOffsets(partitions, 0);
        }

        @Override
        public void onRevoked(List<AssignedPartition> partitions) {
            revoke(partitions, options.drainTimeout());
        }

        @Override
        public void onLost(Set<AssignedPartition> partitions, PenstockException why) {
            held.values().forEach(Held::lose);
            held.clear();
            if (!partitions.isEmpty()) {
                listener.onLost(partitions, why);
            }
        }

        @Override
        public void onWaiting(Duration pause, PenstockException why) {
            listener.onWaiting(pause, why);
        }

        @Override
        public void onRefused(PenstockException why) {
            onLeft();
            listener.onRefused(why);
        }

        @Override
        public void onLeft() {
            if (!over) {
                over = true;
                timers.dispose();
                committer.end(new PenstockException(
                        ErrorCode.UNKNOWN_MEMBER_ID, "the consumer has left group " + options.groupId()));
                listener.onLeft();
            }
        }
    }

    private final class CommitEvents implements OffsetCommitter.Listener {

        @Override
        public void onWaiting(Duration pause, PenstockException why) {
            listener.onWaiting(pause, why);
        }

        @Override
        public void onRefused(TopicPartition partition, PenstockException why) {
            listener.onCommitRefused(partition, why);
        }

        @Override
        public void onCommitted() {
            List.copyOf(held.values()).forEach(Held::releaseIfCommitted);
        }
    }
}

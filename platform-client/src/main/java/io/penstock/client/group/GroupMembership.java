package io.penstock.client.group;

import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.BrokerSession;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.codec.RSocketErrors;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * Keeps a member in its group: finds the coordinator, keeps a channel to it open, follows assignments and answers them
 * as what they revoke is released. Runs in turn.
 *
 * <pre>
 *   waiting for the coordinator ──► channel open ──► (lost) pausing ──► waiting …    left and refused are final
 * </pre>
 *
 * <p>A channel that was lost moves nothing: the member comes back under its id and epoch. One that the coordinator no
 * longer knows has lost its partitions, and begins as new.
 */
final class GroupMembership implements MemberChannel.Owner {

    /** Told of what happens, in turn. */
    interface Listener {

        /** The member is in the group, or back in it. */
        void onJoined(int brokerId, int epoch);

        /** Partitions to be read from now on. */
        void onAdded(List<AssignedPartition> partitions);

        /** Partitions to be drained, and then {@link #release}d. */
        void onRevoked(List<AssignedPartition> partitions);

        /** Partitions that are others' by now. */
        void onLost(Set<AssignedPartition> partitions, PenstockException why);

        /** There is no channel; another is tried after the pause. */
        void onWaiting(Duration pause, PenstockException why);

        /** The group does not take the member, and will not. */
        void onRefused(PenstockException why);

        /** The member has left, or could not say so. */
        void onLeft();
    }

    private static final int VERSION = 1;
    /** How much longer than the drain the coordinator waits: for the last commit, and over a lost connection. */
    private static final Duration AFTER_DRAIN = Duration.ofSeconds(30);

    private final String memberId = UUID.randomUUID().toString();
    private final GroupOptions options;
    private final GroupMember.Subscription subscription;
    private final Coordinator coordinator;
    private final Turns turns;
    private final Listener listener;
    private final MemberState state = new MemberState();
    private final Disposable.Swap work = Disposables.swap();
    private final Disposable.Swap patience = Disposables.swap();
    private final Disposable.Swap heartbeats = Disposables.swap();

    private volatile @Nullable MemberChannel channel;
    private boolean introduced;
    private boolean leaving;
    private boolean leaveSaid;
    private boolean reportComes;
    private boolean over;
    private int attempt;
    private int failures;

    GroupMembership(
            GroupOptions options,
            GroupMember.Subscription subscription,
            Coordinator coordinator,
            Turns turns,
            Listener listener) {
        this.options = options;
        this.subscription = subscription;
        this.coordinator = coordinator;
        this.turns = turns;
        this.listener = listener;
    }

    String memberId() {
        return memberId;
    }

    /** The newest epoch, or {@link Membership#NEW} outside of the group. */
    int epoch() {
        return state.epoch();
    }

    // the channel

    /** Opens a channel, and another whenever it is lost. */
    void open() {
        int number = ++attempt;
        introduced = false;
        patience.update(turns.executeLater(
                () -> onNoAnswer(number), options.sessionTimeout().dividedBy(3)));
        work.update(coordinator
                .session()
                .subscribe(
                        session -> turns.execute(() -> onSession(number, session)),
                        error -> turns.execute(() -> onNoSession(number, RSocketErrors.fromRSocket(error))),
                        null,
                        BrokerSession.QUIET));
    }

    /** There is no session, or no assignment: the coordinator may be another one by now. */
    private void onNoAnswer(int number) {
        onNoSession(
                number,
                new PenstockException(
                        ErrorCode.COORDINATOR_NOT_AVAILABLE,
                        "the coordinator of group " + options.groupId() + " can't be reached"));
    }

    private void onNoSession(int number, PenstockException error) {
        if (number == attempt && !over && !introduced) {
            attempt++; // whatever is still to come of this one is too late
            MemberChannel unanswered = channel;
            if (unanswered != null) {
                unanswered.drop();
                closeChannel();
            }
            interrupted(error);
        }
    }

    private void onSession(int number, BrokerSession session) {
        if (number != attempt || over) {
            return;
        }
        MemberChannel opened = new MemberChannel(session, join(), turns, this);
        channel = opened;
        opened.open();
        report();
    }

    private Membership.Join join() {
        return new Membership.Join(
                VERSION,
                options.groupId(),
                memberId,
                options.instanceId(),
                subscription.clientId(),
                options.rackId(),
                subscription.topics(),
                subscription.patterns(),
                options.assignor(),
                Math.toIntExact(options.sessionTimeout().toMillis()),
                Math.toIntExact(options.drainTimeout().plus(AFTER_DRAIN).toMillis()),
                state.epoch(),
                state.ownedByTopic());
    }

    @Override
    public void onAssignment(MemberChannel from, Membership.Assignment assignment) {
        if (from != channel) {
            return;
        }
        failures = 0;
        MemberState.Changes changes = state.onAssignment(assignment);
        if (!introduced) {
            introduced = true;
            patience.update(Disposables.disposed());
            listener.onJoined(from.brokerId(), assignment.memberEpoch());
        }
        keepBeating(from.reports(), assignment);
        tell(changes);
        report();
    }

    private void tell(MemberState.Changes changes) {
        if (!changes.revoked().isEmpty()) {
            listener.onRevoked(changes.revoked());
        }
        if (!changes.added().isEmpty()) {
            listener.onAdded(changes.added());
        }
    }

    private void keepBeating(Reports reports, Membership.Assignment assignment) {
        int epoch = assignment.memberEpoch();
        int intervalMs = assignment.heartbeatIntervalMs();
        heartbeats.update(
                intervalMs > 0
                        ? turns.repeatBeside(() -> reports.beat(epoch), Duration.ofMillis(intervalMs))
                        : Disposables.disposed());
    }

    /** Says what there is to say. */
    private void report() {
        MemberChannel open = channel;
        if (open == null || leaveSaid) {
            return;
        }
        if (leaving && state.ownsNothing()) {
            leaveSaid = true;
            open.reports().say(Membership.Report.leaving(state.epoch()));
            return;
        }
        Membership.Report answer = state.takeAnswer();
        if (answer != null) {
            open.reports().say(answer);
        }
    }

    @Override
    public void onEnded(MemberChannel ended, @Nullable PenstockException error) {
        if (ended != channel) {
            return;
        }
        closeChannel();
        if (over) {
            return;
        }
        if (leaveSaid && ended.reports().isAllSaid()) {
            end();
            return;
        }
        PenstockException why = error != null
                ? error
                : new PenstockException(
                        ErrorCode.CONNECTION_LOST,
                        "broker " + ended.brokerId() + " ended the channel of group " + options.groupId());
        interrupted(why);
    }

    private void closeChannel() {
        channel = null;
        state.onChannelEnded();
        heartbeats.update(Disposables.disposed());
    }

    private void interrupted(PenstockException why) {
        patience.update(Disposables.disposed());
        leaveSaid = false;
        coordinator.forget();
        boolean isOut = why.code() == ErrorCode.UNKNOWN_MEMBER_ID || why.code() == ErrorCode.FENCED_MEMBER_EPOCH;
        if (isOut) {
            listener.onLost(state.lose(), why);
        } else if (!Backoff.canHelp(why)) {
            over = true;
            listener.onRefused(why);
            return;
        }
        if (over) {
            return;
        }
        if (hasNothingToSay()) {
            end();
            return;
        }
        Duration pause = turns.backoff(++failures);
        listener.onWaiting(pause, why);
        work.update(turns.executeLater(this::open, pause));
    }

    // what the member gives up

    /** A partition that was revoked is not read any more, and committed as far as it goes. */
    void release(AssignedPartition partition) {
        tell(state.release(partition));
        if (!reportComes) {
            reportComes = true;
            turns.execute(this::reportReleases);
        }
    }

    /** What is released in one turn is said together. */
    private void reportReleases() {
        reportComes = false;
        leaveIfNothingIsOwned();
    }

    /**
     * Goes for good, when all is released that has to be drained.
     *
     * @param drains whether that may take long; what a static member has waits for it all the same
     */
    List<AssignedPartition> leave(boolean drains) {
        leaving = true;
        return state.leave(drains && options.instanceId() == null);
    }

    /** Says goodbye if nothing is owned any more; a lost channel is opened again for it. */
    void leaveIfNothingIsOwned() {
        if (channel == null && hasNothingToSay()) {
            end();
        } else {
            report();
        }
    }

    /** Whether it leaves a group that does not know it. */
    private boolean hasNothingToSay() {
        return leaving && state.ownsNothing() && state.epoch() == Membership.NEW;
    }

    /**
     * Gives the group all that is owned, though the subscription can't be asked: a handler holds its thread. May be
     * called out of turn.
     */
    void leaveAtOnce() {
        MemberChannel open = channel;
        if (open != null) {
            open.reports().say(Membership.Report.leaving(epoch()));
        }
    }

    /** Gives up without waiting for anybody. */
    void end() {
        if (over) {
            return;
        }
        over = true;
        work.dispose();
        patience.dispose();
        heartbeats.dispose();
        MemberChannel open = channel;
        channel = null;
        if (open != null) {
            open.drop();
        }
        listener.onLeft();
    }
}

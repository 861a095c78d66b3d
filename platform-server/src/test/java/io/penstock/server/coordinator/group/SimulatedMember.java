package io.penstock.server.coordinator.group;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Membership;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A client of a group whose channel delivers late: assignments wait on their way down, reports on their way up, and a
 * lost connection loses both.
 */
final class SimulatedMember {

    private final Coordinated coordinated;
    private final MemberKey key;
    private final @Nullable String instanceId;
    private final List<String> topics;
    private final List<String> patterns;
    private final Deque<Membership.Assignment> down = new ArrayDeque<>();
    private final Deque<Membership.Report> up = new ArrayDeque<>();
    private final Set<TopicIdPartition> owned = new TreeSet<>();
    private int epoch;
    private boolean connected;
    private boolean retiring;

    SimulatedMember(
            Coordinated coordinated,
            MemberKey key,
            @Nullable String instanceId,
            List<String> topics,
            List<String> patterns) {
        this.coordinated = coordinated;
        this.key = key;
        this.instanceId = instanceId;
        this.topics = topics;
        this.patterns = patterns;
    }

    MemberKey key() {
        return key;
    }

    @Nullable
    String instanceId() {
        return instanceId;
    }

    Set<TopicIdPartition> owned() {
        return owned;
    }

    int epoch() {
        return epoch;
    }

    boolean isConnected() {
        return connected;
    }

    /** Opens a channel; returns the refusal if there is one. */
    ErrorCode join() {
        disconnect();
        try {
            coordinated.end(coordinated.apply(coordinated
                    .state()
                    .join(
                            new Membership.Join(
                                    1,
                                    key.group(),
                                    key.memberId(),
                                    instanceId,
                                    "client",
                                    null,
                                    topics,
                                    patterns,
                                    null,
                                    Coordinated.SESSION_MS,
                                    Coordinated.REBALANCE_MS,
                                    epoch,
                                    Coordinated.byTopic(owned)),
                            "host",
                            coordinated.nowMs())));
            connected = true;
            down.add(coordinated.state().assignment(key));
            coordinated.takeSent(key);
            return ErrorCode.NONE;
        } catch (PenstockException e) {
            return e.code();
        }
    }

    /** Loses the connection and what is on its way. */
    void disconnect() {
        connected = false;
        down.clear();
        up.clear();
    }

    /** Forgets everything, as a member does that is told that it is out. */
    void reset() {
        disconnect();
        owned.clear();
        epoch = 0;
    }

    /** What the coordinator has for it gets on its way; without credit only the newest. */
    void fetchSent() {
        Membership.Assignment sent = coordinated.takeSent(key);
        if (sent != null && connected) {
            if (down.size() > 1) {
                down.removeLast();
            }
            down.add(sent);
        }
    }

    /**
     * Receives one assignment, gives up what is not in it, takes what is new, and answers; returns the reason if the
     * channel ended instead.
     */
    ErrorCode receive() {
        ErrorCode end = connected ? coordinated.takeEnd(key) : ErrorCode.NONE;
        if (end != ErrorCode.NONE) {
            return end;
        }
        fetchSent();
        Membership.Assignment assignment = down.poll();
        if (assignment != null) {
            epoch = assignment.memberEpoch();
            owned.clear();
            owned.addAll(Coordinated.partitions(assignment.assigned()));
            answer(assignment);
        }
        return ErrorCode.NONE;
    }

    /** Wants to be rid of everything from its next answer on. */
    void retire() {
        retiring = true;
    }

    private void answer(Membership.Assignment assignment) {
        up.add(
                retiring
                        ? Membership.Report.retiring(assignment, Coordinated.byTopic(owned))
                        : Membership.Report.owning(assignment, Coordinated.byTopic(owned)));
    }

    /** One report arrives at the coordinator; returns the refusal if there is one. */
    ErrorCode deliverReport() {
        Membership.Report report = up.poll();
        if (report == null) {
            return ErrorCode.NONE;
        }
        return report(report);
    }

    ErrorCode report(Membership.Report report) {
        try {
            coordinated.apply(coordinated.state().report(key, report, coordinated.nowMs()));
            return ErrorCode.NONE;
        } catch (PenstockException e) {
            return e.code();
        }
    }

    @Override
    public String toString() {
        return key + " at " + epoch + (connected ? "" : " disconnected") + " owns " + owned + ", down " + down + ", up "
                + up;
    }
}

package io.penstock.server.coordinator.group;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What is known of members beside the log: when they were last heard of, since when they are to give partitions up, and
 * how often their assignments changed. Replays begin and end sessions, at the times of the records.
 */
final class Sessions {

    private static final int NOT_REVOKING = -1;

    private static final class Session {
        private long heardMs;
        private long revokingSinceMs = NOT_REVOKING;
        private int revision;
        private int sessionTimeoutMs;
        private int rebalanceTimeoutMs;
        private boolean away;

        Session(long heardMs) {
            this.heardMs = heardMs;
        }

        long silentAtMs() {
            return heardMs + sessionTimeoutMs;
        }

        long deadlineMs() {
            return revokingSinceMs == NOT_REVOKING
                    ? silentAtMs()
                    : Math.min(silentAtMs(), revokingSinceMs + rebalanceTimeoutMs);
        }
    }

    private final Map<MemberKey, Session> sessions = new HashMap<>();
    private final Deadlines<MemberKey> deadlines = new Deadlines<>();

    /** A member is there, or, without metadata, is not any more. */
    void onMember(MemberKey key, @Nullable MemberMetadata member, long atMs) {
        if (member == null) {
            sessions.remove(key);
            deadlines.cancel(key);
            return;
        }
        Session session = sessions.computeIfAbsent(key, absent -> new Session(atMs));
        session.sessionTimeoutMs = member.sessionTimeoutMs();
        session.rebalanceTimeoutMs = member.rebalanceTimeoutMs();
        deadlines.schedule(key, session.deadlineMs());
    }

    /** What a member may own, or has to give up, has changed. */
    void onAssignment(MemberKey key, CurrentAssignment current, long atMs) {
        Session session = sessions.get(key);
        if (session == null) {
            return;
        }
        session.away = current.isAway();
        if (current.state() != MemberState.UNREVOKED_PARTITIONS) {
            session.revokingSinceMs = NOT_REVOKING;
        } else if (session.revokingSinceMs == NOT_REVOKING) {
            session.revokingSinceMs = atMs;
            deadlines.schedule(key, session.deadlineMs());
        }
    }

    /** There is something new for a member to hear. */
    void onNews(MemberKey key) {
        Session session = sessions.get(key);
        if (session != null) {
            session.revision++;
        }
    }

    /** Begins all sessions anew, after a load: they are those of the group's members, whatever the log went through. */
    void restart(Iterable<ConsumerGroup> groups, long nowMs) {
        sessions.clear();
        deadlines.clear();
        for (ConsumerGroup group : groups) {
            group.members().forEach((id, member) -> {
                MemberKey key = new MemberKey(group.id(), id);
                onMember(key, member, nowMs);
                onAssignment(key, group.current(id), nowMs);
            });
        }
    }

    /** A member was heard of at a time; an away or unknown one is passed over. */
    void heard(MemberKey key, long atMs) {
        Session session = sessions.get(key);
        if (session != null && !session.away) {
            session.heardMs = Math.max(session.heardMs, atMs);
        }
    }

    /** A member that was away is back. */
    void back(MemberKey key, long atMs) {
        Session session = sessions.get(key);
        if (session != null) {
            session.heardMs = Math.max(session.heardMs, atMs);
        }
    }

    /** How often there was something new to hear of an assignment; grows each time. */
    int revision(MemberKey key) {
        Session session = sessions.get(key);
        return session == null ? 0 : session.revision;
    }

    /** Whether nothing was heard of a member for as long as its session is. */
    boolean isSilent(MemberKey key, long nowMs) {
        Session session = sessions.get(key);
        return session != null && session.silentAtMs() <= nowMs;
    }

    boolean isAway(MemberKey key) {
        Session session = sessions.get(key);
        return session != null && session.away;
    }

    /** The members that are out of time; they stay so until something is heard of them, or they are put out. */
    List<MemberKey> overdue(long nowMs) {
        List<MemberKey> overdue = new ArrayList<>();
        for (MemberKey key : deadlines.takeDue(nowMs)) {
            Session session = sessions.get(key);
            if (session != null) {
                deadlines.schedule(key, session.deadlineMs());
                if (session.deadlineMs() <= nowMs) {
                    overdue.add(key);
                }
            }
        }
        return overdue;
    }

    OptionalLong nextDeadline() {
        return deadlines.next();
    }

    int size() {
        return sessions.size();
    }
}

package io.penstock.core.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The payloads of a member's channel. The member opens it with {@link Join}; every later payload upwards is a
 * {@link Report}, every payload downwards an {@link Assignment}. Each is a CBOR map.
 *
 * <p>An assignment is complete: it names all that the member may own now. The member drains everything else and gives it
 * up, and each time answers the assignment by a report of what it still owns and the assignment's revision. Only then
 * does anybody else get what it gave up.
 */
public final class Membership {

    /** The shortest session, in milliseconds. */
    public static final int MIN_SESSION_TIMEOUT_MS = 6_000;

    /** The longest session, in milliseconds. */
    public static final int MAX_SESSION_TIMEOUT_MS = 1_800_000;

    /** The session of a member that names none, in milliseconds. */
    public static final int DEFAULT_SESSION_TIMEOUT_MS = 45_000;

    /** The time for giving partitions up of a member that names none, in milliseconds. */
    public static final int DEFAULT_REBALANCE_TIMEOUT_MS = 60_000;

    /** The member epoch of a member that begins. */
    public static final int NEW = 0;

    private Membership() {}

    /**
     * Opens the channel, for a new member and for one that comes back.
     *
     * @param group 1 to 249 characters
     * @param memberId made by the member, 1 to 249 characters; it keeps it over reconnects
     * @param instanceId names a static member; absent for a dynamic one
     * @param clientId what the member calls itself, for descriptions
     * @param rackId where it stands; may be absent
     * @param topics names to read; a topic joins when it comes into being; may be absent
     * @param patterns regular expressions that whole names of topics must match; never an internal topic; may be
     *     absent
     * @param assignor the name of the assignor that the member wants; absent for the broker's default
     * @param sessionTimeoutMs how long the member may be silent, 6,000 to 1,800,000; 0 for 45,000
     * @param rebalanceTimeoutMs how long it may take to give partitions up; 0 for 60,000
     * @param memberEpoch {@link #NEW}, or the epoch that it had
     * @param owned what it owns; may be absent for nothing
     */
    public record Join(
            int version,
            String group,
            String memberId,
            @Nullable String instanceId,
            String clientId,
            @Nullable String rackId,
            @Nullable List<String> topics,
            @Nullable List<String> patterns,
            @Nullable String assignor,
            int sessionTimeoutMs,
            int rebalanceTimeoutMs,
            int memberEpoch,
            @Nullable List<TopicPartitions> owned)
            implements Versioned {}

    /**
     * What a member says while its channel is open. Whatever it says, it is a sign of life; one that says nothing else
     * is a heartbeat.
     *
     * @param memberEpoch the newest epoch that the member has seen
     * @param revision the {@link Assignment#revision()} that {@code owned} answers
     * @param owned all that the member owns now; absent if it does not say
     * @param topics new names to read instead of the old; absent to keep them. If there are neither names nor patterns the
     *     member is to give everything up, partition by partition, before it leaves
     * @param patterns new patterns instead of the old; absent to keep them
     * @param leave whether the member goes for good; the channel completes when that is done
     */
    public record Report(
            int memberEpoch,
            int revision,
            @Nullable List<TopicPartitions> owned,
            @Nullable List<String> topics,
            @Nullable List<String> patterns,
            boolean leave) {

        /** A sign of life and no more. */
        public static Report heartbeat(int memberEpoch) {
            return new Report(memberEpoch, 0, null, null, null, false);
        }

        /** Says what the member owns, having done what an assignment asks, or a part of it. */
        public static Report owning(Assignment assignment, List<TopicPartitions> owned) {
            return new Report(assignment.memberEpoch(), assignment.revision(), owned, null, null, false);
        }

        /** Says what the member owns, and that it wants to be rid of that before it goes. */
        public static Report retiring(Assignment assignment, List<TopicPartitions> owned) {
            return new Report(assignment.memberEpoch(), assignment.revision(), owned, List.of(), List.of(), false);
        }

        /** Says that the member goes for good. */
        public static Report leaving(int memberEpoch) {
            return new Report(memberEpoch, 0, null, null, null, true);
        }
    }

    /**
     * What a member may own now. Without credit only the newest is kept for it.
     *
     * @param memberId the member's id
     * @param memberEpoch the member's epoch, for its commits and reports
     * @param revision which one this is on the channel; grows, and a report of an older one frees no partition
     * @param assigned all that the member may own; whatever else it owns it has to give up
     * @param heartbeatIntervalMs how often the member should send a report; 0 if keep-alives do
     */
    public record Assignment(
            String memberId, int memberEpoch, int revision, List<TopicPartitions> assigned, int heartbeatIntervalMs) {}
}

package io.penstock.server.coordinator.group;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Membership;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether somebody is the member that they say they are, and why not. */
final class MemberClaims {

    private MemberClaims() {}

    /**
     * Refuses whom the group does not know, or who is away.
     *
     * @return what the member asked for
     */
    static MemberMetadata checkMember(MemberKey key, @Nullable ConsumerGroup group) {
        MemberMetadata metadata = group == null ? null : group.member(key.memberId());
        if (group == null || metadata == null || group.current(key.memberId()).isAway()) {
            throw unknown(key);
        }
        return metadata;
    }

    /** Refuses a member that names an epoch which it has not reached. */
    static void checkEpoch(MemberKey key, ConsumerGroup group, int memberEpoch) {
        CurrentAssignment current = group.current(key.memberId());
        int newest = current.isAway() ? current.previousEpoch() : current.epoch();
        if (memberEpoch > newest) {
            throw fenced(key, memberEpoch, "its epoch is " + newest);
        }
    }

    /**
     * Refuses a member that joins, unless it is new and owns nothing, or is known and has held all that it owns since the
     * epoch that it names. That epoch may be an old one: what was sent later may have been lost on the way.
     */
    static void checkReturn(MemberKey key, ConsumerGroup group, int memberEpoch, Set<TopicIdPartition> owned) {
        if (group.member(key.memberId()) == null && memberEpoch != Membership.NEW) {
            throw unknown(key);
        }
        for (TopicIdPartition partition : owned) {
            Integer since = group.current(key.memberId()).epochOf(partition);
            if (since == null || since > memberEpoch) {
                throw fenced(key, memberEpoch, "it owns " + partition + ", which is not its own since then");
            }
        }
        checkEpoch(key, group, memberEpoch);
    }

    /** It left, or its session is over. */
    static PenstockException unknown(MemberKey key) {
        return new PenstockException(
                ErrorCode.UNKNOWN_MEMBER_ID,
                "there is no " + key + ": it left, or was not heard of for its session timeout; it has to join as a"
                        + " new member");
    }

    /** It did not give up in time. */
    static PenstockException late(MemberKey key) {
        return new PenstockException(
                ErrorCode.FENCED_MEMBER_EPOCH,
                key + " did not give its partitions up within its rebalance timeout; it has to join as a new member");
    }

    /** Another member bears its instance id. */
    static PenstockException replaced(String group, @Nullable String instanceId) {
        return new PenstockException(
                ErrorCode.FENCED_INSTANCE_ID,
                "static member " + instanceId + " of group " + group + " is now another process");
    }

    private static PenstockException fenced(MemberKey key, int memberEpoch, String why) {
        return new PenstockException(
                ErrorCode.FENCED_MEMBER_EPOCH,
                key + " speaks at epoch " + memberEpoch + ", but " + why + "; it has to join as a new member");
    }
}

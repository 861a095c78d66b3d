package io.penstock.server.coordinator.group;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Membership;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.coordinator.decision.Decision;
import io.penstock.server.metadata.MetadataImage;
import java.util.List;
import java.util.OptionalLong;

/**
 * The groups of one partition of the coordinators' log. Every operation looks at the state and returns records;
 * {@link #replay} alone changes what is true, in service and when the log is read again.
 *
 * <p>Not in the log are the times at which members were last heard of, the deadlines of revocations and the revisions
 * of assignments: after a load every member has its full session again, from {@link #onLoaded}.
 *
 * <p>{@code nowMs} is the time in milliseconds since the epoch and must not go backwards. Operations that take a group
 * throw INVALID_GROUP_ID for an id that is empty or longer than 249 characters. Whatever throws a
 * {@link PenstockException} has changed nothing.
 */
public final class GroupState {

    /** The longest id of a group or member, in characters. */
    public static final int MAX_ID_LENGTH = 249;

    public GroupState(GroupSettings settings) {}

    /**
     * Makes a record true. Keys that this build does not know are passed over.
     *
     * @throws IllegalStateException if a known key has a value that can't be read
     */
    public void replay(CoordinatorRecord record) {
        throw new UnsupportedOperationException();
    }

    /**
     * Begins service after the log was replayed: sessions begin now, and what changed in topics meanwhile is seen.
     *
     * @param image all topics that there are; offsets of others are deleted
     */
    public Decision<List<FencedMember>> onLoaded(MetadataImage image, long nowMs) {
        throw new UnsupportedOperationException();
    }

    /**
     * Follows topics that came, went or grew: subscriptions change, and the offsets of topics that are gone are
     * deleted. Until the first image is given there are no topics.
     */
    public Decision<List<FencedMember>> onTopics(MetadataImage image, long nowMs) {
        throw new UnsupportedOperationException();
    }

    /**
     * Lets a member in, or back in. When the records are replayed, {@link #assignment} is what to send it first. From
     * now on reports of an older channel of this member must not be given to {@link #report}.
     *
     * @param clientHost where the member's connection comes from
     * @return the member whose place it took, if it is a static one
     * @throws PenstockException UNKNOWN_MEMBER_ID if it comes back and its session is over; FENCED_MEMBER_EPOCH if it
     *     comes back and owns what is not its own; FENCED_INSTANCE_ID if another has taken its place;
     *     GROUP_MAX_SIZE_REACHED; UNSUPPORTED_ASSIGNOR; INVALID_SESSION_TIMEOUT; INVALID_REGULAR_EXPRESSION;
     *     INVALID_TOPIC; INVALID_REQUEST
     */
    public Decision<List<FencedMember>> join(Membership.Join join, String clientHost, long nowMs) {
        throw new UnsupportedOperationException();
    }

    /**
     * Hears what a member says on its newest channel; also a beat. After a leave the member is gone, or, if it is a
     * static one, away until its session ends: its channel is to complete.
     *
     * @throws PenstockException UNKNOWN_MEMBER_ID; FENCED_MEMBER_EPOCH; INVALID_REGULAR_EXPRESSION; INVALID_TOPIC;
     *     INVALID_REQUEST
     */
    public Decision<List<FencedMember>> report(MemberKey member, Membership.Report report, long nowMs) {
        throw new UnsupportedOperationException();
    }

    /** Notes, without a record, that a member was heard of at a time; one that is unknown or away is passed over. */
    public void beat(MemberKey member, long heardMs) {
        throw new UnsupportedOperationException();
    }

    /**
     * Commits offsets, partition by partition; a beat of the member that commits.
     *
     * @return for each partition 0 or UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, FENCED_MEMBER_EPOCH, STALE_MEMBER_EPOCH,
     *     UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID, INCONSISTENT_TOPIC_ID, OFFSET_METADATA_TOO_LARGE or
     *     INVALID_REQUEST
     */
    public Decision<GroupOffsets.CommitResponse> commit(GroupOffsets.Commit commit, long nowMs) {
        throw new UnsupportedOperationException();
    }

    /**
     * The offsets of a group. What was replayed and is not committed yet is seen too: the answer waits for it.
     *
     * @throws PenstockException UNKNOWN_MEMBER_ID or FENCED_MEMBER_EPOCH if it is asked by one who is no member
     */
    public GroupOffsets.FetchResponse offsets(GroupOffsets.Fetch fetch) {
        throw new UnsupportedOperationException();
    }

    /**
     * Deletes offsets.
     *
     * @return for each partition 0 or GROUP_SUBSCRIBED_TO_TOPIC
     * @throws PenstockException GROUP_ID_NOT_FOUND
     */
    public Decision<GroupOffsets.DeleteResponse> deleteOffsets(GroupOffsets.Delete delete, long nowMs) {
        throw new UnsupportedOperationException();
    }

    /** Deletes a group without members: NONE, NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND or INVALID_GROUP_ID. */
    public Decision<ErrorCode> delete(String group, long nowMs) {
        throw new UnsupportedOperationException();
    }

    /** All groups by id. */
    public List<Groups.Listing> list() {
        throw new UnsupportedOperationException();
    }

    /** A group in full; the coordinator is left at -1. One that is not there is Dead, with GROUP_ID_NOT_FOUND. */
    public Groups.Description describe(String group) {
        throw new UnsupportedOperationException();
    }

    /** When {@link #expire} has to be called at the latest; it may turn out that nothing is due. */
    public OptionalLong nextDeadline() {
        throw new UnsupportedOperationException();
    }

    /**
     * The members whose sessions are over at a time unless they are given a {@link #beat}: before {@link #expire}, ask
     * their connections when they were last heard of.
     */
    public List<MemberKey> silentMembers(long nowMs) {
        throw new UnsupportedOperationException();
    }

    /** Puts members out whose session or revocation is over, and deletes the offsets of groups that nobody uses. */
    public Decision<List<FencedMember>> expire(long nowMs) {
        throw new UnsupportedOperationException();
    }

    /**
     * What a member may own by what was replayed.
     *
     * @throws PenstockException UNKNOWN_MEMBER_ID
     */
    public Membership.Assignment assignment(MemberKey member) {
        throw new UnsupportedOperationException();
    }

    /**
     * The assignments that replays changed since the last call, newest only; to be taken right after the records of a
     * decision were replayed, and to be sent when those are committed. None of members that are gone or away.
     */
    public List<MemberAssignment> takeChangedAssignments() {
        throw new UnsupportedOperationException();
    }

    /** How many groups there are. */
    public int groupCount() {
        throw new UnsupportedOperationException();
    }

    /** How many members all groups have together. */
    public int memberCount() {
        throw new UnsupportedOperationException();
    }

    /** How many times a group's epoch grew by replays, since the state began. */
    public long rebalanceCount() {
        throw new UnsupportedOperationException();
    }
}

package io.penstock.server.coordinator.group;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.TopicRecord;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a commit may change: a member commits only for partitions that it has had since the epoch that it names, and
 * somebody who is no member only while there are none.
 */
final class OffsetCommits {

    private final MetadataImage image;
    private final @Nullable ConsumerGroup group;
    private final GroupOffsets.Commit commit;
    private final ErrorCode refusal;
    private final List<GroupRecord> records = new ArrayList<>();
    private final List<GroupOffsets.CommitAnswer> answers = new ArrayList<>();

    OffsetCommits(MetadataImage image, @Nullable ConsumerGroup group, GroupOffsets.Commit commit) {
        this.image = image;
        this.group = group;
        this.commit = commit;
        this.refusal = isByMember() ? refusalOfMember() : refusalOfOthers();
    }

    private boolean isByMember() {
        return !memberId().equals(GroupOffsets.NO_MEMBER) || commit.memberEpoch() != GroupOffsets.NO_EPOCH;
    }

    private String memberId() {
        return commit.memberId() == null ? GroupOffsets.NO_MEMBER : commit.memberId();
    }

    private ErrorCode refusalOfOthers() {
        return group == null || group.members().isEmpty() ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
    }

    private ErrorCode refusalOfMember() {
        if (group == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        String occupant = commit.instanceId() == null ? null : group.memberOf(commit.instanceId());
        if (occupant != null && !occupant.equals(memberId())) {
            return ErrorCode.FENCED_INSTANCE_ID;
        }
        if (group.member(memberId()) == null || group.current(memberId()).isAway()) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        return commit.memberEpoch() > group.current(memberId()).epoch()
                ? ErrorCode.FENCED_MEMBER_EPOCH
                : ErrorCode.NONE;
    }

    /** The member that commits and is one, so that it lives; null if none does. */
    @Nullable
    MemberKey member() {
        return isByMember() && refusal == ErrorCode.NONE ? new MemberKey(commit.group(), memberId()) : null;
    }

    /** Decides about every entry. */
    void decide(long nowMs) {
        for (GroupOffsets.Entry entry : commit.offsets()) {
            ErrorCode error = refusal == ErrorCode.NONE ? decide(entry, nowMs) : refusal;
            answers.add(new GroupOffsets.CommitAnswer(entry.topic(), entry.partition(), error.number()));
        }
    }

    private ErrorCode decide(GroupOffsets.Entry entry, long nowMs) {
        if (entry.topic() == null || entry.partition() < 0 || entry.offset() < 0) {
            return ErrorCode.INVALID_REQUEST;
        }
        TopicRecord topic = image.topic(entry.topic());
        if (topic == null || !topic.hasPartition(entry.partition())) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        if (entry.topicId() != null && !entry.topicId().equals(topic.id())) {
            return image.topic(entry.topicId()) == null ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.INCONSISTENT_TOPIC_ID;
        }
        String metadata = entry.metadata() == null ? "" : entry.metadata();
        if (metadata.length() > GroupOffsets.MAX_METADATA_LENGTH
                || entry.finished() != null && entry.finished().length > GroupOffsets.MAX_FINISHED_BYTES) {
            return ErrorCode.OFFSET_METADATA_TOO_LARGE;
        }
        if (isByMember() && !isHeld(new TopicIdPartition(topic.id(), entry.partition()))) {
            return ErrorCode.STALE_MEMBER_EPOCH;
        }
        records.add(new GroupRecord.Offset(
                commit.group(),
                new TopicPartition(entry.topic(), entry.partition()),
                new CommittedOffset(
                        topic.id(), entry.offset(), entry.leaderEpoch(), metadata, nowMs, entry.finished())));
        return ErrorCode.NONE;
    }

    private boolean isHeld(TopicIdPartition partition) {
        Integer since = group == null ? null : group.current(memberId()).epochOf(partition);
        return since != null && commit.memberEpoch() >= since;
    }

    List<GroupRecord> records() {
        return records;
    }

    List<GroupOffsets.CommitAnswer> answers() {
        return answers;
    }
}

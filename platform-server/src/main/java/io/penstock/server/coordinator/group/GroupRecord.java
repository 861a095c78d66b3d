package io.penstock.server.coordinator.group;

import io.penstock.core.model.TopicPartition;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** One thing that is true of a group, or, without a value, is true no more. What it is about is its key in the log. */
sealed interface GroupRecord {

    /** The group's id. */
    String group();

    /** An offset that was committed. */
    record Offset(
            String group,
            TopicPartition partition,
            @Nullable CommittedOffset value) implements GroupRecord {}

    /** The group's epoch: that there is a group of members. */
    record Epoch(String group, @Nullable GroupEpoch value) implements GroupRecord {}

    /** A member and what it asked for. */
    record Member(String group, String memberId, @Nullable MemberMetadata value) implements GroupRecord {}

    /** The epoch at which the target assignment was computed. */
    record TargetEpoch(String group, @Nullable Integer value) implements GroupRecord {}

    /** What a member is to own in the end. */
    record Target(String group, String memberId, @Nullable SortedSet<TopicIdPartition> value) implements GroupRecord {}

    /** What a member may own now. */
    record Current(String group, String memberId, @Nullable CurrentAssignment value) implements GroupRecord {}
}

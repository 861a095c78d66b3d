package io.penstock.server.coordinator.group;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicNames;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.TopicPartitions;
import io.penstock.server.coordinator.group.MemberMetadata.Subscription;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What requests about groups must be like, whatever the state; each rule throws when it is broken. */
final class GroupRules {

    private static final int MAX_PATTERNS = 100;
    private static final int MAX_SUBSCRIPTION_LENGTH = 1 << 18;

    private GroupRules() {}

    static boolean isGroupId(@Nullable String group) {
        return group != null && !group.isEmpty() && group.length() <= GroupState.MAX_ID_LENGTH;
    }

    static void checkGroupId(@Nullable String group) {
        if (!isGroupId(group)) {
            throw new PenstockException(
                    ErrorCode.INVALID_GROUP_ID,
                    "a group's id has 1 to " + GroupState.MAX_ID_LENGTH + " characters, this one "
                            + (group == null ? 0 : group.length()));
        }
    }

    /** The metadata of a member that joins. */
    static MemberMetadata metadata(Membership.Join join, String clientHost, GroupSettings settings) {
        String who = join.memberId() + " in group " + join.group();
        checkId(join.memberId(), "the id of the member", join.group());
        checkOptionalId(join.instanceId(), "the instance id of member", who);
        checkOptionalId(join.rackId(), "the rack id of member", who);
        checkOptionalId(join.clientId(), "the client id of member", who);
        int sessionTimeoutMs =
                join.sessionTimeoutMs() == 0 ? Membership.DEFAULT_SESSION_TIMEOUT_MS : join.sessionTimeoutMs();
        if (sessionTimeoutMs < Membership.MIN_SESSION_TIMEOUT_MS
                || sessionTimeoutMs > Membership.MAX_SESSION_TIMEOUT_MS) {
            throw new PenstockException(
                    ErrorCode.INVALID_SESSION_TIMEOUT,
                    "the session timeout of member " + who + " must be " + Membership.MIN_SESSION_TIMEOUT_MS + " to "
                            + Membership.MAX_SESSION_TIMEOUT_MS + " ms, was " + sessionTimeoutMs);
        }
        if (join.rebalanceTimeoutMs() < 0) {
            throw invalid(
                    "the rebalance timeout of member " + who + " is negative: " + join.rebalanceTimeoutMs() + " ms");
        }
        if (join.assignor() != null && !settings.assignors().containsKey(join.assignor())) {
            throw new PenstockException(
                    ErrorCode.UNSUPPORTED_ASSIGNOR,
                    "member " + who + " wants assignor '" + join.assignor() + "', and there are "
                            + settings.assignors().keySet());
        }
        return new MemberMetadata(
                join.instanceId(),
                join.rackId(),
                join.clientId() == null ? "" : join.clientId(),
                clientHost,
                subscription(
                        join.topics() == null ? List.of() : join.topics(),
                        join.patterns() == null ? List.of() : join.patterns(),
                        who),
                join.assignor(),
                sessionTimeoutMs,
                join.rebalanceTimeoutMs() == 0 ? Membership.DEFAULT_REBALANCE_TIMEOUT_MS : join.rebalanceTimeoutMs());
    }

    private static void checkId(@Nullable String id, String what, String whose) {
        if (id == null || id.isEmpty()) {
            throw invalid(what + " of " + whose + " is empty");
        }
        checkOptionalId(id, what, whose);
    }

    private static void checkOptionalId(@Nullable String id, String what, String whose) {
        if (id != null && id.length() > GroupState.MAX_ID_LENGTH) {
            throw invalid(
                    what + " " + whose + " has " + id.length() + " characters, at most " + GroupState.MAX_ID_LENGTH);
        }
    }

    /** What a member reads. */
    static Subscription subscription(List<String> topics, List<String> patterns, String who) {
        if (topics.isEmpty() && patterns.isEmpty()) {
            throw invalid("member " + who + " names neither a topic nor a pattern");
        }
        if (hasNull(topics) || hasNull(patterns) || patterns.size() > MAX_PATTERNS) {
            throw invalid("member " + who + " names nothing for a topic, or more than " + MAX_PATTERNS + " patterns");
        }
        if (topics.stream().mapToInt(String::length).sum() > MAX_SUBSCRIPTION_LENGTH) {
            throw invalid("the topics of member " + who + " have more than " + MAX_SUBSCRIPTION_LENGTH + " characters");
        }
        topics.forEach(TopicNames::check);
        return new Subscription(topics, patterns);
    }

    /** What a member says that it owns. */
    static Set<TopicIdPartition> owned(@Nullable List<TopicPartitions> owned) {
        Set<TopicIdPartition> all = new TreeSet<>();
        if (owned == null) {
            return all;
        }
        for (TopicPartitions topic : owned) {
            if (topic == null || topic.topicId() == null || topic.partitions() == null || hasNull(topic.partitions())) {
                throw invalid("what a member owns is not said in full: each topic has an id and partitions");
            }
            topic.partitions().forEach(partition -> all.add(new TopicIdPartition(topic.topicId(), partition)));
        }
        return all;
    }

    /** Partitions that are asked for by name. */
    static List<TopicPartition> partitions(@Nullable List<GroupOffsets.TopicPartitionNames> topics) {
        List<TopicPartition> all = new ArrayList<>();
        for (GroupOffsets.TopicPartitionNames topic :
                topics == null ? List.<GroupOffsets.TopicPartitionNames>of() : topics) {
            if (topic == null || topic.topic() == null || topic.partitions() == null || hasNull(topic.partitions())) {
                throw invalid("partitions are not named in full: each topic has a name and partitions");
            }
            topic.partitions().forEach(partition -> all.add(partition(topic.topic(), partition)));
        }
        return all;
    }

    private static TopicPartition partition(String topic, int partition) {
        if (partition < 0) {
            throw invalid("partition " + partition + " of " + topic + " can't be");
        }
        return new TopicPartition(topic, partition);
    }

    /** Tells whether an element is missing; a body can say so. */
    static boolean hasNull(Collection<?> elements) {
        return elements.stream().anyMatch(Objects::isNull);
    }

    static PenstockException invalid(String why) {
        return new PenstockException(ErrorCode.INVALID_REQUEST, why);
    }
}

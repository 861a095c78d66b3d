package io.penstock.server.coordinator.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.TopicPartitions;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.coordinator.decision.Decision;
import io.penstock.server.coordinator.group.assignor.BuiltInAssignors;
import io.penstock.server.coordinator.group.assignor.GroupAssignor;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.PartitionRecord;
import io.penstock.server.metadata.TopicRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A group state in service: its log, its clock and its topics, as a coordinator would keep them. */
final class Coordinated {

    static final int SESSION_MS = 10_000;
    static final int REBALANCE_MS = 4_000;
    static final long RETENTION_MS = 100_000;

    private final GroupSettings settings;
    private final Map<String, TopicRecord> topics = new TreeMap<>();
    private final Map<MemberKey, Membership.Assignment> sent = new HashMap<>();
    private final Map<MemberKey, ErrorCode> ended = new HashMap<>();
    private final List<CoordinatorRecord> log = new ArrayList<>();
    private GroupState state;
    private long nowMs = 1_000_000;
    private long imageEpoch;

    Coordinated() {
        this(20, List.of());
    }

    Coordinated(int maxSize, List<GroupAssignor> more) {
        Map<String, GroupAssignor> assignors = new HashMap<>();
        BuiltInAssignors.all().forEach(assignor -> assignors.put(assignor.name(), assignor));
        more.forEach(assignor -> assignors.put(assignor.name(), assignor));
        this.settings = new GroupSettings(maxSize, RETENTION_MS, BuiltInAssignors.DEFAULT, assignors);
        this.state = new GroupState(settings);
    }

    GroupState state() {
        return state;
    }

    long nowMs() {
        return nowMs;
    }

    List<CoordinatorRecord> log() {
        return log;
    }

    void passMs(long ms) {
        nowMs += ms;
    }

    /** Does what a coordinator does with a decision. */
    <A> A apply(Decision<A> decision) {
        decision.records().forEach(state::replay);
        log.addAll(decision.records());
        state.takeChangedAssignments().forEach(changed -> sent.put(changed.member(), changed.assignment()));
        return decision.answer();
    }

    /** Takes what was to be sent to a member since the last time, newest only. */
    Membership.@Nullable Assignment takeSent(MemberKey member) {
        return sent.remove(member);
    }

    /** Ends the channels of members that are out. */
    void end(List<FencedMember> fenced) {
        fenced.forEach(member -> ended.put(member.member(), member.reason().code()));
    }

    /** Takes the reason for which a member's channel ended, if it did. */
    ErrorCode takeEnd(MemberKey member) {
        ErrorCode reason = ended.remove(member);
        return reason == null ? ErrorCode.NONE : reason;
    }

    /** Begins again from a log. */
    void reload(List<CoordinatorRecord> records) {
        GroupState loaded = replayed(records);
        assertThat(loaded.isSameAs(state)).isTrue();
        state = loaded;
        sent.clear();
        ended.clear();
        apply(state.onLoaded(image(), nowMs));
    }

    GroupState replayed(List<CoordinatorRecord> records) {
        GroupState loaded = new GroupState(settings);
        records.forEach(loaded::replay);
        return loaded;
    }

    /** The log up to an offset without records whose key comes again before it, and the rest as it is. */
    List<CoordinatorRecord> compacted(int end, boolean withTombstones) {
        Map<ByteBuffer, CoordinatorRecord> newest = new LinkedHashMap<>();
        for (CoordinatorRecord record : log.subList(0, end)) {
            newest.remove(ByteBuffer.wrap(record.key()));
            newest.put(ByteBuffer.wrap(record.key()), record);
        }
        List<CoordinatorRecord> compacted = newest.values().stream()
                .filter(record -> withTombstones || record.value() != null)
                .collect(Collectors.toCollection(ArrayList::new));
        compacted.addAll(log.subList(end, log.size()));
        return compacted;
    }

    MetadataImage image() {
        return new MetadataImage(++imageEpoch, topics.values(), List.of());
    }

    TopicRecord putTopic(String name, UUID id, int partitions) {
        topics.put(
                name, new TopicRecord(name, id, Collections.nCopies(partitions, PartitionRecord.onOnly(0)), Map.of()));
        apply(state.onTopics(image(), nowMs));
        return topics.get(name);
    }

    void removeTopic(String name) {
        topics.remove(name);
        apply(state.onTopics(image(), nowMs));
    }

    Map<String, TopicRecord> topics() {
        return topics;
    }

    List<FencedMember> expire() {
        List<FencedMember> fenced = apply(state.expire(nowMs));
        end(fenced);
        return fenced;
    }

    Groups.Member member(MemberKey key) {
        return state.describe(key.group()).members().stream()
                .filter(member -> member.memberId().equals(key.memberId()))
                .findFirst()
                .orElseThrow();
    }

    static Membership.Join join(String group, String memberId, String... topics) {
        return new Membership.Join(
                1,
                group,
                memberId,
                null,
                "client",
                null,
                List.of(topics),
                null,
                null,
                SESSION_MS,
                REBALANCE_MS,
                0,
                null);
    }

    static Membership.Join staticJoin(String group, String memberId, String instanceId, String... topics) {
        return new Membership.Join(
                1,
                group,
                memberId,
                instanceId,
                "client",
                null,
                List.of(topics),
                null,
                null,
                SESSION_MS,
                REBALANCE_MS,
                0,
                null);
    }

    static Set<TopicIdPartition> partitions(Collection<TopicPartitions> topics) {
        Set<TopicIdPartition> all = new TreeSet<>();
        topics.forEach(topic ->
                topic.partitions().forEach(partition -> all.add(new TopicIdPartition(topic.topicId(), partition))));
        return all;
    }

    static List<TopicPartitions> byTopic(Collection<TopicIdPartition> partitions) {
        return partitions.stream()
                .collect(Collectors.groupingBy(TopicIdPartition::topicId, TreeMap::new, Collectors.toList()))
                .entrySet()
                .stream()
                .map(topic -> new TopicPartitions(
                        topic.getKey(),
                        "",
                        topic.getValue().stream()
                                .map(TopicIdPartition::partition)
                                .toList()))
                .toList();
    }

    ErrorCode commit(String group, String memberId, int memberEpoch, String topic, int partition, long offset) {
        return commit(new GroupOffsets.Commit(
                1,
                group,
                memberId,
                memberEpoch,
                null,
                List.of(new GroupOffsets.Entry(topic, null, partition, offset, -1, null, null))));
    }

    ErrorCode commit(GroupOffsets.Commit commit) {
        return ErrorCode.ofNumber(
                apply(state.commit(commit, nowMs)).answers().get(0).error());
    }

    /** The committed offset of each partition of a group. */
    Map<String, Long> offsets(String group) {
        return state.offsets(new GroupOffsets.Fetch(1, group, "", -1, null, false)).offsets().stream()
                .collect(Collectors.toMap(
                        offset -> offset.topic() + "-" + offset.partition(), GroupOffsets.Committed::offset));
    }

    static <T> Map<String, T> byMember(Collection<Groups.Member> members, Function<Groups.Member, T> value) {
        return members.stream().collect(Collectors.toMap(Groups.Member::memberId, value));
    }
}

package io.penstock.server.coordinator.group;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Membership;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.coordinator.decision.Decision;
import io.penstock.server.coordinator.group.MemberMetadata.Subscription;
import io.penstock.server.coordinator.group.assignor.TopicIdPartition;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.TopicRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    private final GroupSettings settings;
    private final SortedMap<String, ConsumerGroup> groups = new TreeMap<>();
    private final OffsetBook offsets = new OffsetBook();
    /** Of all groups that there are: those with members or an epoch, and those with offsets. */
    private final SortedSet<String> ids = new TreeSet<>();

    private final SubscribedTopics topics = new SubscribedTopics();
    private final Sessions sessions = new Sessions();
    private final Deadlines<String> idleGroups = new Deadlines<>();
    private final TargetPace targets = new TargetPace();
    private final Set<MemberKey> changed = new LinkedHashSet<>();
    private long rebalances;

    /** Begins with nothing: the log is to be replayed, and then {@link #onLoaded} called. */
    public GroupState(GroupSettings settings) {
        this.settings = settings;
    }

    /**
     * Makes a record true. Keys that this build does not know are passed over.
     *
     * @throws IllegalStateException if a known key has a value that can't be read
     */
    public void replay(CoordinatorRecord record) {
        GroupRecord known = GroupRecordCodec.decode(record);
        if (known instanceof GroupRecord.Offset offset) {
            offsets.replay(offset);
        } else if (known != null) {
            replay(known, record.timestampMs());
        } else {
            return;
        }
        if (group(known.group()) == null) {
            ids.remove(known.group());
            return;
        }
        ids.add(known.group());
        if (memberCountOf(known.group()) == 0) {
            idleGroups.schedule(known.group(), endOfRetention(record.timestampMs()));
        }
    }

    private void replay(GroupRecord record, long timestampMs) {
        ConsumerGroup group = groups.computeIfAbsent(record.group(), ConsumerGroup::new);
        int epoch = group.epoch();
        CurrentAssignment told = record instanceof GroupRecord.Current current
                ? group.current(current.memberId())
                : CurrentAssignment.NOTHING;
        group.replay(record);
        if (group.epoch() > epoch) {
            rebalances++;
        }
        if (record instanceof GroupRecord.Member member) {
            sessions.onMember(new MemberKey(member.group(), member.memberId()), member.value(), timestampMs);
        } else if (record instanceof GroupRecord.Current current && current.value() != null) {
            MemberKey key = new MemberKey(current.group(), current.memberId());
            sessions.onAssignment(key, current.value(), timestampMs);
            if (!current.value().tellsTheSameAs(told)) {
                sessions.onNews(key);
                changed.add(key);
            }
        }
        if (record instanceof GroupRecord.TargetEpoch) {
            targets.computed(group, timestampMs);
        }
        if (group.isNothing()) {
            groups.remove(record.group());
            targets.gone(record.group());
        } else {
            targets.changed(group);
        }
    }

    private GroupChange changeOf(ConsumerGroup group, long nowMs) {
        return new GroupChange(settings, topics, group, targets.isDue(group, nowMs));
    }

    /**
     * Begins service after the log was replayed: sessions begin now, and what changed in topics meanwhile is seen.
     * Revisions begin again too, so that channels from before a load must be ended, and their members join again.
     *
     * @param image all topics that there are; offsets of others are deleted
     */
    public Decision<List<FencedMember>> onLoaded(MetadataImage image, long nowMs) {
        sessions.restart(groups.values(), nowMs);
        changed.clear();
        targets.clear();
        rebalances = 0;
        topics.follow(image);
        List<GroupRecord> records = new ArrayList<>();
        for (String group : offsets.groups()) {
            addTombstones(records, group, offsets.of(group));
        }
        addChangesOfTopics(records, true, nowMs);
        return decide(records, List.of(), nowMs);
    }

    private void addTombstones(
            List<GroupRecord> records, String group, Map<TopicPartition, CommittedOffset> committed) {
        committed.forEach((partition, offset) -> {
            if (!isThere(partition.topic(), offset)) {
                records.add(new GroupRecord.Offset(group, partition, null));
            }
        });
    }

    private boolean isThere(String name, CommittedOffset offset) {
        TopicRecord topic = topics.image().topic(name);
        return topic != null && (offset.topicId() == null || offset.topicId().equals(topic.id()));
    }

    private void addChangesOfTopics(List<GroupRecord> records, boolean ofAllMembers, long nowMs) {
        for (ConsumerGroup group : groups.values()) {
            GroupChange change = changeOf(group, nowMs);
            if (ofAllMembers) {
                change.concernAll();
            }
            records.addAll(change.recordsWhateverTheAssignorDoes(nowMs));
        }
    }

    /**
     * Follows topics that came, went or grew: subscriptions change, and the offsets of topics that are gone are
     * deleted. Until the first image is given there are no topics.
     */
    public Decision<List<FencedMember>> onTopics(MetadataImage image, long nowMs) {
        Set<String> names = topics.follow(image);
        List<GroupRecord> records = new ArrayList<>();
        if (!names.isEmpty()) {
            for (String group : offsets.groups()) {
                names.forEach(name -> addTombstones(records, group, offsets.of(group, name)));
            }
            addChangesOfTopics(records, false, nowMs);
        }
        return decide(records, List.of(), nowMs);
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
        GroupRules.checkGroupId(join.group());
        MemberMetadata metadata = GroupRules.metadata(join, clientHost, settings);
        topics.check(metadata.subscription());
        Set<TopicIdPartition> owned = GroupRules.owned(join.owned());
        MemberKey key = new MemberKey(join.group(), join.memberId());
        ConsumerGroup group = groups.getOrDefault(join.group(), new ConsumerGroup(join.group()));
        MemberMetadata known = group.member(join.memberId());
        String occupant = metadata.instanceId() == null ? null : group.memberOf(metadata.instanceId());
        GroupChange change = changeOf(group, nowMs);
        List<FencedMember> fenced = List.of();
        if (known != null && !Objects.equals(known.instanceId(), metadata.instanceId())) {
            throw GroupRules.invalid(
                    key + " joins with instance id " + metadata.instanceId() + ", and has " + known.instanceId());
        }
        if (occupant != null && !occupant.equals(join.memberId())) {
            fenced = List.of(takeOver(key, occupant, join, metadata, change));
        } else {
            MemberClaims.checkReturn(key, group, join.memberEpoch(), owned);
            if (known == null) {
                checkRoom(group);
            }
            change.putMember(join.memberId(), metadata);
        }
        change.confirm(join.memberId(), owned);
        List<GroupRecord> records =
                known == null ? change.records(nowMs) : change.recordsWhateverTheAssignorDoes(nowMs);
        sessions.back(key, nowMs);
        return decide(records, fenced, nowMs);
    }

    private static FencedMember takeOver(
            MemberKey key, String occupant, Membership.Join join, MemberMetadata metadata, GroupChange change) {
        PenstockException replaced = MemberClaims.replaced(key.group(), metadata.instanceId());
        if (join.memberEpoch() != Membership.NEW) {
            throw replaced;
        }
        change.replaceMember(occupant, key.memberId(), metadata);
        return new FencedMember(new MemberKey(key.group(), occupant), replaced);
    }

    private void checkRoom(ConsumerGroup group) {
        if (group.members().size() >= settings.maxSize()) {
            throw new PenstockException(
                    ErrorCode.GROUP_MAX_SIZE_REACHED,
                    "group " + group.id() + " has " + settings.maxSize() + " members, as many as it may");
        }
    }

    /**
     * Hears what a member says on its newest channel; also a beat. After a leave the member is gone, or, if it is a
     * static one, away until its session ends: its channel is to complete.
     *
     * @throws PenstockException UNKNOWN_MEMBER_ID; FENCED_MEMBER_EPOCH; INVALID_REGULAR_EXPRESSION; INVALID_TOPIC;
     *     INVALID_REQUEST
     */
    public Decision<List<FencedMember>> report(MemberKey member, Membership.Report report, long nowMs) {
        ConsumerGroup group = groups.get(member.group());
        MemberMetadata metadata = MemberClaims.checkMember(member, group);
        MemberClaims.checkEpoch(member, group, report.memberEpoch());
        GroupChange change = changeOf(group, nowMs);
        if (report.leave() && metadata.isStatic()) {
            change.leave(member.memberId());
        } else if (report.leave()) {
            change.removeMember(member.memberId());
        } else if (isConfirming(member, report, group) || isSubscribing(report)) {
            change.putMember(member.memberId(), metadata.withSubscription(subscription(member, metadata, report)));
            if (isAnswer(member, report)) {
                change.confirm(member.memberId(), GroupRules.owned(report.owned()));
            }
        } else {
            sessions.heard(member, nowMs);
            return Decision.unchanged(List.of());
        }
        List<GroupRecord> records = isSubscribing(report) && !isRetiring(report)
                ? change.records(nowMs)
                : change.recordsWhateverTheAssignorDoes(nowMs);
        sessions.heard(member, nowMs);
        return decide(records, List.of(), nowMs);
    }

    private boolean isAnswer(MemberKey member, Membership.Report report) {
        return report.owned() != null && report.revision() == sessions.revision(member);
    }

    /** Whether it gives up what it had to: an answer to a mere gain changes nothing. */
    private boolean isConfirming(MemberKey member, Membership.Report report, ConsumerGroup group) {
        CurrentAssignment current = group.current(member.memberId());
        return isAnswer(member, report) && current.confirm(GroupRules.owned(report.owned())) != current;
    }

    private static boolean isSubscribing(Membership.Report report) {
        return report.topics() != null || report.patterns() != null;
    }

    private static boolean isRetiring(Membership.Report report) {
        return List.of().equals(report.topics()) && List.of().equals(report.patterns());
    }

    private Subscription subscription(MemberKey member, MemberMetadata metadata, Membership.Report report) {
        if (!isSubscribing(report)) {
            return metadata.subscription();
        }
        if (isRetiring(report)) {
            return Subscription.NOTHING;
        }
        Subscription known = metadata.subscription();
        Subscription newer = GroupRules.subscription(
                report.topics() == null ? known.topics() : report.topics(),
                report.patterns() == null ? known.patterns() : report.patterns(),
                member.memberId() + " in group " + member.group());
        topics.check(newer);
        return newer;
    }

    /** Notes, without a record, that a member was heard of at a time; one that is unknown or away is passed over. */
    public void beat(MemberKey member, long heardMs) {
        sessions.heard(member, heardMs);
    }

    /**
     * Commits offsets, partition by partition; a beat of the member that commits.
     *
     * @return for each partition 0 or UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, FENCED_MEMBER_EPOCH, STALE_MEMBER_EPOCH,
     *     UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID, INCONSISTENT_TOPIC_ID, OFFSET_METADATA_TOO_LARGE or
     *     INVALID_REQUEST
     */
    public Decision<GroupOffsets.CommitResponse> commit(GroupOffsets.Commit commit, long nowMs) {
        GroupRules.checkGroupId(commit.group());
        if (commit.offsets() == null || GroupRules.hasNull(commit.offsets())) {
            throw GroupRules.invalid("a commit of group " + commit.group() + " names no offsets");
        }
        OffsetCommits commits = new OffsetCommits(topics.image(), groups.get(commit.group()), commit);
        commits.decide(nowMs);
        MemberKey member = commits.member();
        if (member != null) {
            sessions.heard(member, nowMs);
        }
        return decide(commits.records(), new GroupOffsets.CommitResponse(commits.answers()), nowMs);
    }

    /**
     * The offsets of a group. What was replayed and is not committed yet is seen too: the answer waits for it.
     *
     * @throws PenstockException UNKNOWN_MEMBER_ID or FENCED_MEMBER_EPOCH if it is asked by one who is no member
     */
    public GroupOffsets.FetchResponse offsets(GroupOffsets.Fetch fetch) {
        GroupRules.checkGroupId(fetch.group());
        if (fetch.memberId() != null && !fetch.memberId().equals(GroupOffsets.NO_MEMBER)) {
            MemberKey member = new MemberKey(fetch.group(), fetch.memberId());
            ConsumerGroup group = groups.get(fetch.group());
            MemberClaims.checkMember(member, group);
            MemberClaims.checkEpoch(member, group, fetch.memberEpoch());
        }
        List<GroupOffsets.Committed> all = new ArrayList<>();
        if (fetch.partitions() == null) {
            offsets.of(fetch.group()).forEach((partition, offset) -> all.add(committed(partition, offset)));
        } else {
            for (TopicPartition partition : GroupRules.partitions(fetch.partitions())) {
                all.add(committed(partition, offsets.of(fetch.group(), partition)));
            }
        }
        return new GroupOffsets.FetchResponse(all);
    }

    private static GroupOffsets.Committed committed(TopicPartition partition, @Nullable CommittedOffset offset) {
        return offset == null
                ? new GroupOffsets.Committed(
                        partition.topic(), null, partition.partition(), GroupOffsets.NO_OFFSET, -1, "", null, -1, 0)
                : new GroupOffsets.Committed(
                        partition.topic(),
                        offset.topicId(),
                        partition.partition(),
                        offset.offset(),
                        offset.leaderEpoch(),
                        offset.metadata(),
                        offset.finished(),
                        offset.commitTimestampMs(),
                        0);
    }

    /**
     * Deletes offsets.
     *
     * @return for each partition 0 or GROUP_SUBSCRIBED_TO_TOPIC
     * @throws PenstockException GROUP_ID_NOT_FOUND
     */
    public Decision<GroupOffsets.DeleteResponse> deleteOffsets(GroupOffsets.Delete delete, long nowMs) {
        GroupRules.checkGroupId(delete.group());
        if (group(delete.group()) == null) {
            throw new PenstockException(ErrorCode.GROUP_ID_NOT_FOUND, "there is no group " + delete.group());
        }
        List<GroupRecord> records = new ArrayList<>();
        List<GroupOffsets.CommitAnswer> answers = new ArrayList<>();
        for (TopicPartition partition : GroupRules.partitions(delete.partitions())) {
            ErrorCode error =
                    isRead(delete.group(), partition.topic()) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE;
            if (error == ErrorCode.NONE && offsets.of(delete.group(), partition) != null) {
                records.add(new GroupRecord.Offset(delete.group(), partition, null));
            }
            answers.add(new GroupOffsets.CommitAnswer(partition.topic(), partition.partition(), error.number()));
        }
        return decide(records, new GroupOffsets.DeleteResponse(answers), nowMs);
    }

    private boolean isRead(String id, String topic) {
        ConsumerGroup group = groups.get(id);
        return group != null
                && group.members().values().stream().anyMatch(member -> topics.isRead(member.subscription(), topic));
    }

    /** Deletes a group without members: NONE, NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND or INVALID_GROUP_ID. */
    public Decision<ErrorCode> delete(String group, long nowMs) {
        if (!GroupRules.isGroupId(group)) {
            return Decision.unchanged(ErrorCode.INVALID_GROUP_ID);
        }
        if (group(group) == null) {
            return Decision.unchanged(ErrorCode.GROUP_ID_NOT_FOUND);
        }
        return memberCountOf(group) > 0
                ? Decision.unchanged(ErrorCode.NON_EMPTY_GROUP)
                : decide(tombstones(group), ErrorCode.NONE, nowMs);
    }

    private List<GroupRecord> tombstones(String id) {
        List<GroupRecord> records = new ArrayList<>();
        offsets.of(id).keySet().forEach(partition -> records.add(new GroupRecord.Offset(id, partition, null)));
        ConsumerGroup group = groups.get(id);
        if (group != null) {
            records.addAll(group.tombstones());
        }
        return records;
    }

    /** All groups by id. */
    public List<Groups.Listing> list() {
        List<Groups.Listing> all = new ArrayList<>();
        for (String id : ids) {
            Group group = group(id);
            if (group != null) {
                all.add(new Groups.Listing(id, group.type(), group.state(), group.memberCount()));
            }
        }
        return all;
    }

    private @Nullable Group group(String id) {
        ConsumerGroup group = groups.get(id);
        if (group != null) {
            return group;
        }
        return offsets.has(id) ? new Group.OffsetsOnly() : null;
    }

    private int memberCountOf(String id) {
        ConsumerGroup group = groups.get(id);
        return group == null ? 0 : group.memberCount();
    }

    /** A group in full; the coordinator is left at -1. One that is not there is Dead, with GROUP_ID_NOT_FOUND. */
    public Groups.Description describe(String group) {
        Group found = group(group);
        return found == null
                ? GroupDescriptions.absent(group, ErrorCode.GROUP_ID_NOT_FOUND)
                : GroupDescriptions.describe(group, found, groups.get(group), settings, topics.image());
    }

    /** When {@link #expire} has to be called at the latest; it may turn out that nothing is due. */
    public OptionalLong nextDeadline() {
        return Stream.of(sessions.nextDeadline(), idleGroups.next(), targets.next())
                .flatMapToLong(OptionalLong::stream)
                .min();
    }

    /**
     * The members whose sessions are over at a time unless they are given a {@link #beat}: before {@link #expire}, ask
     * their connections when they were last heard of.
     */
    public List<MemberKey> silentMembers(long nowMs) {
        return sessions.overdue(nowMs).stream()
                .filter(member -> sessions.isSilent(member, nowMs) && !sessions.isAway(member))
                .toList();
    }

    /**
     * Puts members out whose session or revocation is over, computes the targets that are owed, and deletes the offsets of
     * groups that nobody uses.
     */
    public Decision<List<FencedMember>> expire(long nowMs) {
        Map<String, GroupChange> changes = new TreeMap<>();
        List<FencedMember> fenced = new ArrayList<>();
        for (MemberKey member : sessions.overdue(nowMs)) {
            changes.computeIfAbsent(member.group(), group -> changeOf(groups.get(group), nowMs))
                    .removeMember(member.memberId());
            fenced.add(new FencedMember(
                    member,
                    sessions.isSilent(member, nowMs) ? MemberClaims.unknown(member) : MemberClaims.late(member)));
        }
        for (String group : targets.takeDue(nowMs)) {
            if (groups.containsKey(group)) {
                changes.computeIfAbsent(group, owed -> changeOf(groups.get(owed), nowMs));
            }
        }
        List<GroupRecord> records = new ArrayList<>();
        changes.values().forEach(change -> records.addAll(change.recordsWhateverTheAssignorDoes(nowMs)));
        for (String group : idleGroups.takeDue(nowMs)) {
            addExpiry(records, group, nowMs);
        }
        return decide(records, fenced, nowMs);
    }

    /** Whatever a group with members has stays; when the last one goes, that is a record, and it is looked at again. */
    private void addExpiry(List<GroupRecord> records, String id, long nowMs) {
        if (group(id) == null || memberCountOf(id) > 0) {
            return;
        }
        ConsumerGroup group = groups.get(id);
        long lastUseMs = Math.max(offsets.lastCommitMs(id), group == null ? 0 : group.epochSinceMs());
        if (endOfRetention(lastUseMs) <= nowMs) {
            records.addAll(tombstones(id));
        } else {
            idleGroups.schedule(id, endOfRetention(lastUseMs));
        }
    }

    private long endOfRetention(long sinceMs) {
        return sinceMs > Long.MAX_VALUE - settings.offsetsRetentionMs()
                ? Long.MAX_VALUE
                : sinceMs + settings.offsetsRetentionMs();
    }

    private static <A> Decision<A> decide(Collection<GroupRecord> records, A answer, long nowMs) {
        return new Decision<>(
                records.stream()
                        .map(record -> GroupRecordCodec.encode(record, nowMs))
                        .toList(),
                answer);
    }

    /**
     * What a member may own by what was replayed.
     *
     * @throws PenstockException UNKNOWN_MEMBER_ID
     */
    public Membership.Assignment assignment(MemberKey member) {
        ConsumerGroup group = groups.get(member.group());
        MemberMetadata metadata = group == null ? null : group.member(member.memberId());
        if (group == null || metadata == null) {
            throw MemberClaims.unknown(member);
        }
        CurrentAssignment current = group.current(member.memberId());
        return new Membership.Assignment(
                member.memberId(),
                current.epoch(),
                sessions.revision(member),
                GroupDescriptions.partitions(current.assigned().keySet(), topics.image()),
                metadata.heartbeatIntervalMs());
    }

    /**
     * The assignments that replays changed since the last call, newest only; to be taken right after the records of a
     * decision were replayed, and to be sent when those are committed. None of members that are gone or away.
     */
    public List<MemberAssignment> takeChangedAssignments() {
        List<MemberAssignment> taken = new ArrayList<>();
        for (MemberKey member : changed) {
            ConsumerGroup group = groups.get(member.group());
            if (group != null
                    && group.member(member.memberId()) != null
                    && !group.current(member.memberId()).isAway()) {
                taken.add(new MemberAssignment(member, assignment(member)));
            }
        }
        changed.clear();
        return taken;
    }

    /** How many groups there are. */
    public int groupCount() {
        return ids.size();
    }

    /** How many members all groups have together. */
    public int memberCount() {
        return sessions.size();
    }

    /** How often a group's epoch grew since the load. */
    public long rebalanceCount() {
        return rebalances;
    }

    /** Tells whether what is in the log is the same. */
    boolean isSameAs(GroupState other) {
        return groups.equals(other.groups) && offsets.equals(other.offsets);
    }

    @Override
    public String toString() {
        return groups.values() + ", offsets " + offsets;
    }
}

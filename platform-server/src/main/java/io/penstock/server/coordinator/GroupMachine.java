package io.penstock.server.coordinator;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Membership;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.coordinator.decision.Decision;
import io.penstock.server.coordinator.group.FencedMember;
import io.penstock.server.coordinator.group.GroupState;
import io.penstock.server.coordinator.group.MemberAssignment;
import io.penstock.server.coordinator.group.MemberKey;
import io.penstock.server.metadata.MetadataImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one partition, and the channels of their members: those belong to this broker and not to the state, so
 * no record knows of them. A member without a channel lives on until its session ends.
 */
final class GroupMachine implements StateMachine {

    /** What a decision means for channels. */
    private record Turn(
            List<FencedMember> fenced,
            @Nullable MemberKey member,
            @Nullable MemberChannel channel,
            Kind kind) {}

    private enum Kind {
        NONE,
        JOINS,
        LEAVES
    }

    private final GroupState groups;
    private final Supplier<MetadataImage> image;
    private final GroupCounts counts;
    private final CoordinatorMetrics metrics;
    private final Map<MemberKey, MemberChannel> channels = new HashMap<>();

    /** @param image gives the newest image that is known */
    GroupMachine(GroupState groups, Supplier<MetadataImage> image, CoordinatorMetrics metrics) {
        this.groups = groups;
        this.image = image;
        this.metrics = metrics;
        this.counts = new GroupCounts(metrics);
    }

    GroupState groups() {
        return groups;
    }

    // what members do

    /** Lets a member in; its first assignment goes to the channel, which takes the place of any that it had. */
    Decision<?> join(Membership.Join join, String host, MemberChannel channel, long nowMs) {
        Decision<List<FencedMember>> decision = groups.join(join, host, nowMs);
        MemberKey member = new MemberKey(join.group(), join.memberId());
        return new Decision<>(decision.records(), new Turn(decision.answer(), member, channel, Kind.JOINS));
    }

    /** Hears a report; one of a channel that is not the member's newest is passed over. */
    Decision<?> report(MemberKey member, MemberChannel channel, Membership.Report report, long nowMs) {
        if (channels.get(member) != channel) {
            return Decision.unchanged(true);
        }
        Decision<List<FencedMember>> decision = groups.report(member, report, nowMs);
        Kind kind = report.leave() ? Kind.LEAVES : Kind.NONE;
        return new Decision<>(decision.records(), new Turn(decision.answer(), member, channel, kind));
    }

    /** The channel has ended; the member's session goes on from when it was last heard of. */
    Decision<?> ended(MemberKey member, MemberChannel channel, long nowMs) {
        if (channels.remove(member, channel)) {
            groups.beat(member, nowMs - channel.silentMs());
        }
        return Decision.unchanged(true);
    }

    Decision<GroupOffsets.CommitResponse> commit(GroupOffsets.Commit commit, long nowMs) {
        metrics.committed();
        return groups.commit(commit, nowMs);
    }

    /** Topics came, went or grew. */
    Decision<?> onTopics(MetadataImage newImage, long nowMs) {
        return fencing(groups.onTopics(newImage, nowMs));
    }

    private static Decision<?> fencing(Decision<List<FencedMember>> decision) {
        return new Decision<>(decision.records(), new Turn(decision.answer(), null, null, Kind.NONE));
    }

    // what the shard does

    @Override
    public void replay(CoordinatorRecord record) {
        groups.replay(record);
    }

    @Override
    public Decision<?> loaded(long nowMs) {
        counts.begin(groups.rebalanceCount());
        return fencing(groups.onLoaded(image.get(), nowMs));
    }

    @Override
    public OptionalLong nextDeadline() {
        return groups.nextDeadline();
    }

    /** Nobody is put out whose connection was heard of: keep-alives are signs of life. */
    @Override
    public Decision<?> due(long nowMs) {
        for (MemberKey member : groups.silentMembers(nowMs)) {
            MemberChannel channel = channels.get(member);
            if (channel != null) {
                groups.beat(member, nowMs - channel.silentMs());
            }
        }
        return fencing(groups.expire(nowMs));
    }

    @Override
    public Runnable effects(@Nullable Object answer) {
        counts.set(groups.groupCount(), groups.memberCount(), groups.rebalanceCount());
        List<Runnable> effects = new ArrayList<>();
        List<MemberAssignment> changed = groups.takeChangedAssignments();
        if (answer instanceof Turn turn) {
            turn.fenced.forEach(fenced -> end(fenced, effects));
            if (turn.kind == Kind.JOINS) {
                joined(turn.member, turn.channel, effects);
            } else if (turn.kind == Kind.LEAVES) {
                effects.add(() -> left(turn.member, turn.channel));
            }
        }
        changed.forEach(assignment -> send(assignment.member(), assignment.assignment(), effects));
        return () -> effects.forEach(Runnable::run);
    }

    private void joined(MemberKey member, MemberChannel channel, List<Runnable> effects) {
        MemberChannel before = channels.put(member, channel);
        if (before != null && before != channel) {
            before.fail(new PenstockException(
                    ErrorCode.FENCED_MEMBER_EPOCH, member + " has joined again over another channel"));
        }
        send(member, groups.assignment(member), effects);
    }

    private void send(MemberKey member, Membership.Assignment assignment, List<Runnable> effects) {
        MemberChannel channel = channels.get(member);
        if (channel != null) {
            effects.add(() -> channel.send(assignment));
        }
    }

    private void end(FencedMember fenced, List<Runnable> effects) {
        MemberChannel channel = channels.get(fenced.member());
        if (channel != null) {
            // until the commit it stays here, and ends with all others if there is none
            effects.add(() -> {
                channels.remove(fenced.member(), channel);
                channel.fail(fenced.reason());
            });
        }
    }

    private void left(MemberKey member, MemberChannel channel) {
        channels.remove(member, channel);
        channel.complete();
    }

    @Override
    public void dropped(PenstockException why) {
        counts.end();
        List.copyOf(channels.values()).forEach(channel -> channel.fail(why));
        channels.clear();
    }
}

package io.penstock.core.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bodies of the verbs that list, describe and delete groups. */
public final class Groups {

    private Groups() {}

    /** @param states names of states, whatever their case; absent or empty for all */
    public record ListRequest(int version, @Nullable List<String> states) implements Versioned {}

    public record ListResponse(List<Listing> groups) {}

    /**
     * @param type {@code consumer}; {@code classic} for a group that has offsets and never had a member
     * @param state {@code Empty}, {@code Assigning}, {@code Reconciling}, {@code Stable} or {@code Dead}
     * @param members how many
     */
    public record Listing(String group, String type, String state, int members) {}

    public record DescribeRequest(int version, List<String> groups) implements Versioned {}

    public record DescribeResponse(List<Description> groups) {}

    /**
     * @param error the number of an error of the table, 0 for none; GROUP_ID_NOT_FOUND comes with state {@code Dead}
     * @param assignor the name of the assignor that is used; empty without members
     * @param epoch grows with every change of members, subscriptions and topics
     * @param assignmentEpoch the epoch at which the target was computed
     * @param coordinator the id of the broker that coordinates, or -1
     */
    public record Description(
            String group,
            int error,
            String type,
            String state,
            String assignor,
            int epoch,
            int assignmentEpoch,
            int coordinator,
            List<Member> members) {}

    /**
     * @param host where the member's connection comes from
     * @param epoch the member's epoch; -2 for a static member that left and may come back
     * @param state {@code Stable}, {@code UnrevokedPartitions} (it has to give some up) or {@code UnreleasedPartitions}
     *     (it waits for others)
     * @param assigned what it may own
     * @param pending what it has to give up and has not yet
     * @param target what it is to own in the end
     */
    public record Member(
            String memberId,
            @Nullable String instanceId,
            @Nullable String rackId,
            String clientId,
            String host,
            int epoch,
            String state,
            List<TopicPartitions> assigned,
            List<TopicPartitions> pending,
            List<TopicPartitions> target,
            List<String> topics,
            List<String> patterns,
            @Nullable String assignor) {}

    public record DeleteRequest(int version, List<String> groups) implements Versioned {}

    public record DeleteResponse(List<DeleteAnswer> answers) {}

    /** @param error the number of an error of the table, 0 for none */
    public record DeleteAnswer(String group, int error) {}
}

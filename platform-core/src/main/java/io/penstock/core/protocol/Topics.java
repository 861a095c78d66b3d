package io.penstock.core.protocol;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The bodies of the verbs that create, list, describe, alter and delete topics. */
public final class Topics {

    private Topics() {}

    /**
     * @param name the topic's name
     * @param partitions how many; -1 or absent for the broker's default
     * @param replicationFactor how many replicas each; -1 or absent for the broker's default
     * @param settings overrides under Kafka's names; may be absent
     * @param validateOnly whether to check all and create nothing
     */
    public record CreateRequest(
            int version,
            String name,
            @Nullable Integer partitions,
            @Nullable Integer replicationFactor,
            @Nullable Map<String, String> settings,
            boolean validateOnly)
            implements Versioned {}

    /** @param includeInternal whether topics that the broker keeps for itself are listed too */
    public record ListRequest(int version, boolean includeInternal) implements Versioned {}

    public record ListResponse(List<Listing> topics) {}

    /**
     * @param name the topic's name
     * @param id the topic's id, new on each creation
     * @param internal whether the broker keeps it for itself
     * @param partitions how many
     */
    public record Listing(String name, UUID id, boolean internal, int partitions) {}

    public record DescribeRequest(int version, String name) implements Versioned {}

    /** The number of partitions in a request that does not change it. */
    public static final int SAME_PARTITIONS = 0;

    /**
     * Changes some of a topic's own settings, and leaves the others; or gives it more partitions; or both. The answer is
     * a {@link Description}.
     *
     * @param name the topic's name
     * @param partitions how many it is to have, more than it has; or {@link #SAME_PARTITIONS}, also when absent
     * @param set new values by name; may be absent
     * @param unset names whose own value goes, so that the broker's holds; may be absent
     * @param validateOnly whether to check all and change nothing
     */
    public record AlterRequest(
            int version,
            String name,
            int partitions,
            @Nullable Map<String, String> set,
            @Nullable List<String> unset,
            boolean validateOnly)
            implements Versioned {}

    /** Names a topic by name, by id, or by both, which then must agree. */
    public record DeleteRequest(
            int version, @Nullable String name, @Nullable UUID id) implements Versioned {}

    public record DeleteResponse(String name, UUID id) {}

    /**
     * A topic in full; the answer to a creation too.
     *
     * @param partitions by number
     * @param settings the effective settings, by name
     */
    public record Description(
            String name,
            UUID id,
            boolean internal,
            List<PartitionDescription> partitions,
            List<SettingDescription> settings) {}

    /**
     * @param logStartOffset the first offset that can be read
     * @param highWatermark the first offset that consumers can't read yet
     * @param logEndOffset the next offset to be given
     * @param sizeInBytes what the partition's log files take
     */
    public record PartitionDescription(
            int partition,
            int leader,
            int leaderEpoch,
            List<Integer> replicas,
            List<Integer> inSyncReplicas,
            long logStartOffset,
            long highWatermark,
            long logEndOffset,
            long sizeInBytes) {}

    /**
     * @param name Kafka's name where it means the same
     * @param value as text
     * @param source {@code DEFAULT}, {@code BROKER} or {@code TOPIC}
     * @param type {@code BOOLEAN}, {@code INT}, {@code LONG}, {@code STRING} …
     * @param documentation one or two sentences
     */
    public record SettingDescription(String name, String value, String source, String type, String documentation) {}
}

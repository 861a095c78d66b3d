package io.penstock.core.protocol;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who leads what: asked once with {@code metadata}, or watched as a stream of images with {@code metadata.watch}. */
public final class Metadata {

    private Metadata() {}

    /**
     * @param topics the names that matter, or null for all
     * @param allowAutoCreate whether a name that does not exist may be created, if the broker's policy allows it;
     *     ignored by {@code metadata.watch}
     */
    public record Request(int version, @Nullable List<String> topics, boolean allowAutoCreate) implements Versioned {}

    /**
     * What was true at one moment.
     *
     * @param epoch grows with every change; an image with a lower one is older
     * @param clusterId the cluster
     * @param controllerId the broker that decides
     * @param brokers those that are alive
     * @param topics the topics that were asked for; a name without a topic has an {@code error}
     */
    public record Image(
            long epoch, String clusterId, int controllerId, List<BrokerNode> brokers, List<TopicImage> topics) {}

    /**
     * @param id the broker's id, 0 or more
     * @param listeners where it can be reached
     * @param rack where it stands; absent if it does not say
     */
    public record BrokerNode(
            int id, List<Listener> listeners, @Nullable String rack) {}

    /**
     * @param name the listener's name, for example {@code PENSTOCK} or {@code LOCAL}
     * @param endpoint {@code penstock://host:port} or {@code local:name}
     */
    public record Listener(String name, String endpoint) {}

    /**
     * @param name the topic's name
     * @param id the topic's id; absent if there is an error
     * @param internal whether the broker keeps it for itself
     * @param error the number of an error of the table, 0 for none
     * @param maxMessageBytes the largest batch that the topic takes, in bytes; 0 if that is not said
     * @param partitions by number, without gaps
     */
    public record TopicImage(
            String name,
            @Nullable UUID id,
            boolean internal,
            int error,
            int maxMessageBytes,
            List<PartitionImage> partitions) {}

    /**
     * @param partition its number
     * @param leader the leader's broker id, or -1
     * @param leaderEpoch grows with every change of leader
     * @param replicas all replicas, the preferred leader first
     * @param inSyncReplicas those that the high watermark waits for
     */
    public record PartitionImage(
            int partition, int leader, int leaderEpoch, List<Integer> replicas, List<Integer> inSyncReplicas) {}
}

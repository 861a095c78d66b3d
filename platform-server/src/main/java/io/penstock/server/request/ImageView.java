package io.penstock.server.request;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.protocol.Metadata;
import io.penstock.server.metadata.BrokerRecord;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.PartitionRecord;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.metadata.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a client sees of an image: the topics that it asked for. */
public final class ImageView {

    private static final String LOCAL_SCHEME = "local:";

    private final String clusterId;
    private final int controllerId;
    private final TopicSettings defaults;

    /** @param defaults what holds for topics that do not say otherwise */
    public ImageView(String clusterId, int controllerId, TopicSettings defaults) {
        this.clusterId = clusterId;
        this.controllerId = controllerId;
        this.defaults = defaults;
    }

    /** All topics if no names are given; a name without a topic has an error. */
    Metadata.Image of(MetadataImage image, @Nullable List<String> names) {
        return of(image, names, Map.of());
    }

    /** @param errors what went wrong with names that have no topic, where more is known than that */
    Metadata.Image of(MetadataImage image, @Nullable List<String> names, Map<String, ErrorCode> errors) {
        List<Metadata.TopicImage> topics = names == null
                ? image.topics().stream().map(this::of).toList()
                : names.stream().distinct().map(name -> of(image, name, errors)).toList();
        return new Metadata.Image(
                image.epoch(),
                clusterId,
                controllerId,
                image.brokers().stream().map(ImageView::of).toList(),
                topics);
    }

    private Metadata.TopicImage of(MetadataImage image, String name, Map<String, ErrorCode> errors) {
        TopicRecord topic = image.topic(name);
        if (topic != null) {
            return of(topic);
        }
        ErrorCode error = errors.getOrDefault(name, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        return new Metadata.TopicImage(name, null, false, error.number(), 0, List.of());
    }

    private Metadata.TopicImage of(TopicRecord topic) {
        List<Metadata.PartitionImage> partitions =
                new ArrayList<>(topic.partitions().size());
        for (PartitionRecord partition : topic.partitions()) {
            partitions.add(new Metadata.PartitionImage(
                    partitions.size(),
                    partition.leader(),
                    partition.leaderEpoch(),
                    partition.replicas(),
                    partition.inSyncReplicas()));
        }
        return new Metadata.TopicImage(
                topic.name(),
                topic.id(),
                topic.isInternal(),
                ErrorCode.NONE.number(),
                settings(topic).maxBatchBytes(),
                partitions);
    }

    private TopicSettings settings(TopicRecord topic) {
        return topic.settings().isEmpty() ? defaults : defaults.withTopicValues(topic.settings());
    }

    private static Metadata.BrokerNode of(BrokerRecord broker) {
        List<Metadata.Listener> listeners = broker.endpoints().stream()
                .map(endpoint ->
                        new Metadata.Listener(endpoint.startsWith(LOCAL_SCHEME) ? "LOCAL" : "PENSTOCK", endpoint))
                .toList();
        return new Metadata.BrokerNode(broker.id(), listeners, null);
    }
}

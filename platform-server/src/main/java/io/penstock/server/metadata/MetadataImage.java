package io.penstock.server.metadata;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the cluster consisted of at one moment: topics by name and by id, and brokers. */
public final class MetadataImage {

    /** Nothing at all. */
    public static final MetadataImage EMPTY = new MetadataImage(0, List.of(), List.of());

    private final long epoch;
    private final Map<String, TopicRecord> byName;
    private final Map<UUID, TopicRecord> byId;
    private final List<BrokerRecord> brokers;

    /** @param epoch grows with every change; an image with a lower one is older */
    public MetadataImage(long epoch, Collection<TopicRecord> topics, Collection<BrokerRecord> brokers) {
        this.epoch = epoch;
        this.byName = topics.stream()
                .collect(Collectors.toMap(TopicRecord::name, Function.identity(), (a, b) -> a, TreeMap::new));
        this.byId = topics.stream().collect(Collectors.toUnmodifiableMap(TopicRecord::id, Function.identity()));
        this.brokers = List.copyOf(brokers);
    }

    public long epoch() {
        return epoch;
    }

    public @Nullable TopicRecord topic(String name) {
        return byName.get(name);
    }

    public @Nullable TopicRecord topic(UUID id) {
        return byId.get(id);
    }

    /** All topics, by name. */
    public Collection<TopicRecord> topics() {
        return byName.values();
    }

    public List<BrokerRecord> brokers() {
        return brokers;
    }
}

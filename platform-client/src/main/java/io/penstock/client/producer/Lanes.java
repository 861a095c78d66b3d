package io.penstock.client.producer;

import io.penstock.client.connection.Backoff;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Acks;
import io.penstock.core.runtime.NodeRuntime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import reactor.core.publisher.Mono;

/** A producer's lanes, a fixed number per broker; a partition always has the same one. Safe for any thread. */
final class Lanes {

    /**
     * What lanes have in common.
     *
     * @param sessionTimeout how long a lane waits for its broker before it has the metadata asked again
     */
    record Settings(
            Acks acks, long elementsPerChannel, Backoff backoff, Duration sessionTimeout, NodeRuntime runtime) {}

    private final int perBroker;
    private final ClusterMetadata metadata;
    private final Settings settings;
    private final BiConsumer<ProducerTopic, ErrorCode> onStale;
    private final ConcurrentHashMap<Integer, List<Lane>> lanes = new ConcurrentHashMap<>();

    /** @param onStale told of answers that say that the metadata is old */
    Lanes(int perBroker, ClusterMetadata metadata, Settings settings, BiConsumer<ProducerTopic, ErrorCode> onStale) {
        this.perBroker = perBroker;
        this.metadata = metadata;
        this.settings = settings;
        this.onStale = onStale;
    }

    Lane of(int broker, String topic, int partition) {
        List<Lane> ofBroker = lanes.computeIfAbsent(broker, this::create);
        return ofBroker.get(Math.floorMod(31 * topic.hashCode() + partition, perBroker));
    }

    private List<Lane> create(int broker) {
        List<Lane> created = new ArrayList<>(perBroker);
        for (int i = 0; i < perBroker; i++) {
            created.add(new Lane(metadata.broker(broker), settings, onStale));
        }
        return created;
    }

    /** Ends the channels; completes when the broker has ended its side of each, or the connection is gone. */
    Mono<Void> close() {
        return Mono.defer(() -> Mono.when(
                lanes.values().stream().flatMap(List::stream).map(Lane::close).toList()));
    }
}

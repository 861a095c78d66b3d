package io.penstock.server.controller;

import io.penstock.core.protocol.Topics;
import io.penstock.server.metadata.BrokerRecord;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.metadata.TopicSettings;
import io.penstock.server.metadata.store.MetadataStore;
import io.penstock.server.metadata.store.StoreConflictException;
import io.penstock.server.metadata.store.StoreEntry;
import io.penstock.server.metadata.store.StoreImage;
import io.penstock.server.metadata.store.StoreOperation;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Makes, alters and removes topics. A decision is taken on the latest image and committed on condition that nothing changed
 * meanwhile; if something did, it is taken again. Safe for any thread; nothing blocks.
 */
public final class TopicController {

    private static final UUID NO_ID = new UUID(0, 0);

    private final MetadataStore store;
    private final MetadataImages metadata;
    private final TopicPolicy policy;
    private final TopicDecisions decisions;
    private final RandomGenerator random;

    /**
     * @param defaults what holds for a topic where it says nothing itself
     * @param random gives topic ids
     */
    public TopicController(
            MetadataStore store,
            MetadataImages metadata,
            TopicPolicy policy,
            TopicSettings defaults,
            RandomGenerator random) {
        this.store = store;
        this.metadata = metadata;
        this.policy = policy;
        this.decisions = new TopicDecisions(policy, defaults);
        this.random = random;
    }

    /**
     * Creates a topic, or only checks whether it could be. Work starts on subscription; a cancel does not take back what
     * is committed.
     *
     * @return the topic, once this broker's metadata shows it; with validateOnly one whose id is all zeros. Errors are
     *     those of the request, or STORAGE_ERROR
     */
    public Mono<TopicRecord> create(Topics.CreateRequest request) {
        return onLatest(view -> {
            UUID id = request.validateOnly() ? NO_ID : newId(view.image());
            TopicRecord topic = decisions.create(view.image(), request, id);
            return request.validateOnly() ? Mono.just(topic) : commitNew(view, topic);
        });
    }

    /** Creates a topic as its first mention does, with defaults for everything, if the policy allows that. */
    public Mono<TopicRecord> autoCreate(String name) {
        return create(new Topics.CreateRequest(1, name, -1, -1, null, false));
    }

    /**
     * Creates a topic that the broker keeps for itself, unless it is there. Work starts on subscription.
     *
     * @return the topic, once this broker's metadata shows it
     */
    public Mono<TopicRecord> createInternal(String name, int partitions, Map<String, String> settings) {
        return onLatest(view -> {
            TopicRecord known = view.image().topic(name);
            return known != null
                    ? Mono.just(known)
                    : commitNew(view, decisions.createInternal(name, partitions, settings, newId(view.image())));
        });
    }

    private Mono<TopicRecord> commitNew(MetadataImages.View view, TopicRecord topic) {
        return commit(
                        countTopics(view.store()),
                        new StoreOperation.Create(MetadataKeys.topic(topic.name()), MetadataKeys.write(topic), false))
                .thenReturn(topic);
    }

    /** Whether a first mention creates a topic. */
    public boolean isAutoCreate() {
        return policy.isAutoCreate();
    }

    /**
     * Deletes a topic by name, by id, or by both. Work starts on subscription.
     *
     * @return what was deleted, once this broker's metadata no longer shows it
     */
    public Mono<TopicRecord> delete(@Nullable String name, @Nullable UUID id) {
        return onLatest(view -> {
            TopicRecord topic = TopicDecisions.delete(view.image(), name, id);
            String key = MetadataKeys.topic(topic.name());
            StoreEntry entry = view.store().entry(key);
            int version = entry == null ? 0 : entry.version();
            return commit(countTopics(view.store()), new StoreOperation.Delete(key, version))
                    .thenReturn(topic);
        });
    }

    /**
     * Changes settings of a topic, or only checks whether they could be. Work starts on subscription.
     *
     * @return the topic, once this broker's metadata shows the change
     */
    public Mono<TopicRecord> alter(Topics.AlterRequest request) {
        return onLatest(view -> {
            TopicRecord topic = decisions.alter(view.image(), request);
            String key = MetadataKeys.topic(topic.name());
            StoreEntry entry = view.store().entry(key);
            if (request.validateOnly() || entry == null) {
                return Mono.just(topic);
            }
            return commit(new StoreOperation.Update(key, MetadataKeys.write(topic), entry.version()))
                    .thenReturn(topic);
        });
    }

    /** Lets the cluster know of a broker for as long as the store's session lasts. */
    public Mono<Void> register(BrokerRecord broker) {
        return Mono.defer(() -> commit(
                        new StoreOperation.Create(MetadataKeys.broker(broker.id()), MetadataKeys.write(broker), true)))
                .then();
    }

    private Mono<TopicRecord> onLatest(Function<MetadataImages.View, Mono<TopicRecord>> decision) {
        return Mono.defer(() -> decision.apply(metadata.view()))
                .retryWhen(Retry.indefinitely().filter(StoreConflictException.class::isInstance));
    }

    private Mono<MetadataImage> commit(StoreOperation... operations) {
        return store.commit(List.of(operations)).flatMap(metadata::imageSince);
    }

    /** Changes with every creation and deletion, so that no two decisions about names are taken on one image. */
    private static StoreOperation countTopics(StoreImage image) {
        StoreEntry counter = image.entry(MetadataKeys.TOPICS);
        byte[] value = MetadataKeys.write(image.revision() + 1);
        return counter == null
                ? new StoreOperation.Create(MetadataKeys.TOPICS, value, false)
                : new StoreOperation.Update(MetadataKeys.TOPICS, value, counter.version());
    }

    private UUID newId(MetadataImage image) {
        UUID id;
        do {
            // version 4, variant 2, as RFC 9562 has it
            id = new UUID(
                    random.nextLong() & ~0xF000L | 0x4000L,
                    random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L);
        } while (image.topic(id) != null);
        return id;
    }
}

package io.penstock.server.controller;

import io.penstock.server.metadata.BrokerRecord;
import io.penstock.server.metadata.MetadataImage;
import io.penstock.server.metadata.TopicRecord;
import io.penstock.server.metadata.store.MetadataStore;
import io.penstock.server.metadata.store.StoreEntry;
import io.penstock.server.metadata.store.StoreImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The store's images as metadata images: the current one at any time, and a stream of them. Safe for any thread. */
public final class MetadataImages {

    private static final Logger LOG = LoggerFactory.getLogger(MetadataImages.class);

    /** An image with the store's image that it was made of. */
    record View(StoreImage store, MetadataImage image) {}

    private record Decoded(StoreEntry entry, Object value) {}

    private final BiConsumer<MetadataImage, MetadataImage> onChange;
    private final Sinks.Many<MetadataImage> images = Sinks.many().replay().latest();
    private final Disposable.Swap subscription = Disposables.swap();
    private volatile View view = new View(StoreImage.EMPTY, MetadataImage.EMPTY);

    // touched by the store's thread alone
    private Map<String, Decoded> decoded = new HashMap<>();

    private MetadataImages(BiConsumer<MetadataImage, MetadataImage> onChange) {
        this.onChange = onChange;
    }

    /**
     * Begins to follow a store; the current image is there when this returns.
     *
     * @param onChange is given the image before and after a change, before anybody else sees it; must be quick
     */
    public static MetadataImages follow(MetadataStore store, BiConsumer<MetadataImage, MetadataImage> onChange) {
        MetadataImages metadata = new MetadataImages(onChange);
        metadata.subscription.update(
                store.watch().subscribe(metadata::onImage, metadata::onLost, metadata.images::tryEmitComplete));
        return metadata;
    }

    /** What a store's image says. */
    public static MetadataImage imageOf(StoreImage stored) {
        return new MetadataImages((before, after) -> {}).decode(stored);
    }

    private void onImage(StoreImage stored) {
        MetadataImage before = view.image;
        MetadataImage after = decode(stored);
        onChange.accept(before, after);
        view = new View(stored, after);
        images.tryEmitNext(after);
    }

    private void onLost(Throwable error) {
        LOG.error("The metadata store is lost; this broker goes on with what it knows, and changes nothing", error);
    }

    private MetadataImage decode(StoreImage stored) {
        Map<String, Decoded> next = new HashMap<>();
        List<TopicRecord> topics = new ArrayList<>();
        List<BrokerRecord> brokers = new ArrayList<>();
        stored.entries().forEach((key, entry) -> {
            if (MetadataKeys.isTopic(key)) {
                topics.add(decode(key, entry, TopicRecord.class, next));
            } else if (MetadataKeys.isBroker(key)) {
                brokers.add(decode(key, entry, BrokerRecord.class, next));
            }
        });
        decoded = next;
        return new MetadataImage(stored.revision(), topics, brokers);
    }

    /** Entries that did not change are not read again. */
    private <T> T decode(String key, StoreEntry entry, Class<T> type, Map<String, Decoded> next) {
        Decoded known = decoded.get(key);
        Decoded current = known != null && known.entry == entry
                ? known
                : new Decoded(entry, MetadataKeys.read(entry.value(), type));
        next.put(key, current);
        return type.cast(current.value);
    }

    /** The latest image. */
    public MetadataImage image() {
        return view.image;
    }

    View view() {
        return view;
    }

    /**
     * The current image at once, then one after each change; without demand only the latest is kept. Signals on the
     * store's thread, or on the subscriber's. Completes when the store is closed.
     */
    public Flux<MetadataImage> images() {
        return images.asFlux().onBackpressureLatest();
    }

    /** The first image that is at least as new as a commit. */
    Mono<MetadataImage> imageSince(StoreImage committed) {
        return images().filter(image -> image.epoch() >= committed.revision()).next();
    }

    /** Follows the store no longer; whoever watches gets a completion. */
    public void close() {
        subscription.dispose();
        images.tryEmitComplete();
    }
}

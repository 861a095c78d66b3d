package io.penstock.server.controller;

import io.penstock.server.metadata.store.MetadataStore;
import io.penstock.server.metadata.store.StoreConflictException;
import io.penstock.server.metadata.store.StoreEntry;
import io.penstock.server.metadata.store.StoreOperation;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Gives out producer ids, each once, ever: in order, from blocks that are reserved in the metadata store on condition that
 * nobody else did. What is left of a block when a broker dies is never used. Safe for any thread; nothing blocks.
 */
public final class ProducerIdBlocks {

    /** How many ids are reserved by one commit. */
    static final int BLOCK = 1_000;

    private final MetadataStore store;

    private long next;
    private long end;
    private @Nullable Mono<Void> reservation;

    public ProducerIdBlocks(MetadataStore store) {
        this.store = store;
    }

    /** An id; work starts on subscription. Errors are the store's: STORAGE_ERROR. */
    public Mono<Long> next() {
        return Mono.defer(() -> {
            Mono<Void> reserving;
            synchronized (this) {
                if (next < end) {
                    return Mono.just(next++);
                }
                reserving = reservation;
                if (reserving == null) {
                    reserving = reserve().doOnTerminate(this::reserved).cache();
                    reservation = reserving;
                }
            }
            // others that waited may have taken the whole block
            return reserving.then(next());
        });
    }

    private Mono<Void> reserve() {
        return Mono.defer(this::commitNextBlock)
                .retryWhen(Retry.indefinitely().filter(StoreConflictException.class::isInstance));
    }

    private Mono<Void> commitNextBlock() {
        StoreEntry entry = store.current().entry(MetadataKeys.PRODUCER_IDS);
        long first = entry == null ? 0 : MetadataKeys.read(entry.value(), Long.class);
        byte[] value = MetadataKeys.write(first + BLOCK);
        StoreOperation operation = entry == null
                ? new StoreOperation.Create(MetadataKeys.PRODUCER_IDS, value, false)
                : new StoreOperation.Update(MetadataKeys.PRODUCER_IDS, value, entry.version());
        return store.commit(List.of(operation)).doOnNext(image -> begin(first)).then();
    }

    private synchronized void begin(long first) {
        next = first;
        end = first + BLOCK;
    }

    private synchronized void reserved() {
        reservation = null;
    }
}

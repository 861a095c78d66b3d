package io.penstock.server.metadata.store;

import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Where metadata is kept. An open store is one session: entries that it made as ephemeral go when it is closed, when
 * the process dies, or when the store behind it gives the session up.
 */
public interface MetadataStore {

    /**
     * Commits all operations, or none.
     *
     * <p>Work starts with the subscription; cancelling does not take a commit back. The Mono gives the image right
     * after the commit, once the commit is durable and visible to {@link #watch()}.
     *
     * <p>Errors: {@link StoreConflictException} if an operation does not fit the entries, nothing is changed then;
     * PenstockException with STORAGE_ERROR if the store failed: whether the commit took place is not known then.
     */
    Mono<StoreImage> commit(List<StoreOperation> operations);

    /** The latest image, without waiting for anything. */
    StoreImage current();

    /**
     * The current image at once, then the image after each commit, in their order. A subscriber without demand misses
     * images, never the latest one. The signals come on the store's thread: they must be taken quickly. Ends when the
     * session ends: with completion after {@link #close()}, with an error if it was lost.
     */
    Flux<StoreImage> watch();

    /** Ends the session. Commits that were subscribed to before finish first. */
    Mono<Void> close();
}

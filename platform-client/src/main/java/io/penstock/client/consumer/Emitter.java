package io.penstock.client.consumer;

import org.jspecify.annotations.Nullable;

/** Takes what a subscriber gets, records or batches, out of a partition. Used by one thread at a time. */
interface Emitter<T> {

    /** The next thing of a partition that may have some, or null: then it is another one's turn. */
    @Nullable
    T next(PartitionFetch partition);

    /** Gives up what is under way. */
    void close();
}

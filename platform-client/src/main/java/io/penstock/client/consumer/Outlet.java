package io.penstock.client.consumer;

import org.jspecify.annotations.Nullable;

/** Gives out what partitions hold, to whoever has subscribed. Called in turn. */
interface Outlet {

    /** A partition is read from now on. */
    void onAdded(PartitionFetch partition);

    /** Something was received, or may be given out by now, or the partition failed. */
    void onNews(PartitionFetch partition);

    /** A partition goes on elsewhere: nothing that was begun of it is given out any more. */
    void onRestarted(PartitionFetch partition);

    /** A partition is read no more: nothing of it is given out any more. */
    void onRemoved(PartitionFetch partition);

    /** A partition is no longer the subscription's: what was given out of it and is not finished is another one's. */
    default void onReleased(PartitionFetch partition) {}

    /** Calls when nothing that was given out is worked on any more; at once if that is so. Called once, after the end began. */
    default void whenOver(Runnable then) {
        then.run();
    }

    /** Ends with an error, or in order. A second call does nothing. */
    void terminate(@Nullable Throwable error);
}

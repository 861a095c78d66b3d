package io.penstock.client.group;

import org.jspecify.annotations.Nullable;

/** How far a partition has come. Safe for any thread. */
public interface PartitionProgress extends Deliveries {

    /** Told of what an acknowledgement or a commit brings about, on whichever thread that was. */
    interface Listener {

        /** So many records were acknowledged. */
        void onAcknowledged(long records);

        /** A batch was not admitted: there are as many gaps as can be kept. */
        void onFull();

        /** Batches that were not admitted may be now. */
        void onRoom();

        /** The last record that was handed out is acknowledged; after {@link #drain} only. */
        void onDrained();
    }

    /** What can be committed and was not yet, or null. */
    @Nullable
    Progress uncommitted();

    /** It was committed. */
    void onCommitted(Progress progress);

    /** How many records were handed out and are not acknowledged. */
    long unacknowledged();

    /** Whether something is acknowledged that is not committed. */
    boolean owesCommit();

    /** Whether all that was handed out is acknowledged, and all that is acknowledged is committed. */
    boolean isSettled();

    /** The first offset that was handed out and is not acknowledged, or the next one to be handed out. */
    long firstUnfinished();

    /**
     * Nothing more will be handed out.
     *
     * @return whether all that was is acknowledged; if not, {@link Listener#onDrained} says when
     */
    boolean drain();
}

package io.penstock.client.producer;

import org.jspecify.annotations.Nullable;

/** Somebody with records in a batch. */
interface BatchOwner {

    /** A batch was answered. Called once per batch and owner at least, on any thread; must be short. */
    void onAnswered();

    /**
     * A batch is about to fail. Called before anybody can see that it has, on any thread and under the batch's lock: must do
     * no more than remember it.
     */
    default void onFailing(ProducerBatch batch, SendException why) {}

    /** Why its records in a batch are not to be sent any more; null if they are. */
    default @Nullable SendException whyAbandoned(ProducerBatch batch) {
        return null;
    }
}

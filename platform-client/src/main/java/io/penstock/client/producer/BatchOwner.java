package io.penstock.client.producer;

/** Somebody with records in a batch. */
interface BatchOwner {

    /** A batch was answered. Called once per batch and owner at least, on any thread; must be short. */
    void onAnswered();
}

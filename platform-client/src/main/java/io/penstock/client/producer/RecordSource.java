package io.penstock.client.producer;

/** Somebody who hands records in, as the producer sees it when it flushes or closes. */
interface RecordSource {

    /** Calls when every record that has been handed in before has its place in a batch, or its failure. */
    void whenPlaced(Runnable listener);

    /** Tries again what waits: the producer has been closed. */
    void wake();
}

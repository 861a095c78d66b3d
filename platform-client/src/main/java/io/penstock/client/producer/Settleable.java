package io.penstock.client.producer;

import org.jspecify.annotations.Nullable;

/** What a record's result waits for. */
interface Settleable {

    boolean isAnswered();

    /** Calls when it is answered; at once, on this thread, if it is. */
    void whenAnswered(Runnable listener);

    /** What became of a record of it, once it is answered. */
    SendResult result(int index, long timestamp, @Nullable Object correlation);
}

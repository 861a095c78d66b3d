package io.penstock.client.producer;

import io.penstock.core.model.Guarantee;
import org.jspecify.annotations.Nullable;

/** A record that never came into a batch. */
record FailedRecord(SendException error) implements Settleable {

    @Override
    public boolean isAnswered() {
        return true;
    }

    @Override
    public void whenAnswered(Runnable listener) {
        listener.run();
    }

    @Override
    public SendResult result(int index, long timestamp, @Nullable Object correlation) {
        return new SendResult(
                error.topic(), error.partition(), -1, timestamp, Guarantee.NONE, error.outcome(), error, correlation);
    }
}

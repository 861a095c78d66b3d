package io.penstock.client.consumer;

import io.penstock.core.record.RecordHeaders;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A record that was given up, as it is sent to another topic.
 *
 * @param topic the other topic
 * @param key the bytes that were read, or null
 * @param value the bytes that were read, or null
 * @param headers those that were read, and then those of {@link DeadLetterHeaders}
 */
public record DeadLetter(String topic, byte @Nullable [] key, byte @Nullable [] value, RecordHeaders headers) {

    public DeadLetter {
        Objects.requireNonNull(topic, "the name of the topic for dead letters");
    }
}

package io.penstock.client.producer;

import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * What became of a record.
 *
 * @param topic the topic's name
 * @param partition the partition, or -1 if the record failed before one was chosen
 * @param offset the record's offset, or -1 if it is not known: failed, sent without acknowledgement, or committed by an
 *     attempt so long ago that the broker has forgotten where
 * @param timestamp the record's time in milliseconds since 1970: the broker's if the topic says so
 * @param guarantee what stood behind it when it was acknowledged
 * @param outcome committed, surely not written, or unknown
 * @param error why it failed; null if it did not
 * @param correlation what the record carried
 */
public record SendResult(
        String topic,
        int partition,
        long offset,
        long timestamp,
        Guarantee guarantee,
        Outcome outcome,
        @Nullable SendException error,
        @Nullable Object correlation) {

    /** Whether the record failed. */
    public boolean isFailed() {
        return error != null;
    }
}

package io.penstock.core.log.producer;

import java.util.List;

/**
 * What is known of one producer, as tools see it.
 *
 * @param coordinatorEpoch the epoch of the coordinator that ended its last transaction, -1 if none did
 * @param transactionStart the first offset of its open transaction, -1 if there is none
 * @param lastTimeMs when its last batch was appended, in milliseconds since 1970
 * @param batches its last batches, at most {@value ProducerStates#WINDOW}, the oldest first
 */
public record ProducerEntry(
        long producerId,
        short epoch,
        int coordinatorEpoch,
        long transactionStart,
        long lastTimeMs,
        List<SequencedBatch> batches) {

    public ProducerEntry {
        batches = List.copyOf(batches);
    }
}

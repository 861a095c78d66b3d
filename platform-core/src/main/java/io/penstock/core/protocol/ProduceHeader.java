package io.penstock.core.protocol;

import java.util.UUID;

/**
 * Stands before the batch in an element of a produce channel.
 *
 * @param correlation chosen by the client, given back in the {@link ProduceAck}
 * @param topicId the topic, by id: a topic that was deleted and created again is another one
 * @param partition the partition
 * @param leaderEpoch the epoch that the client believes in, or -1 to go unchecked
 */
public record ProduceHeader(int correlation, UUID topicId, int partition, int leaderEpoch) {}

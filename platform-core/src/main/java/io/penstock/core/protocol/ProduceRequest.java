package io.penstock.core.protocol;

/**
 * Opens a produce channel, a <i>lane</i>. Every later payload upwards is a {@link ProduceHeader} and one batch, every
 * payload downwards a {@link ProduceAck}. The broker's REQUEST_N is credit: it comes back when a batch was appended.
 *
 * @param acks -1, 0 or 1, for all batches of the channel
 */
public record ProduceRequest(int version, int acks) implements Versioned {}

package io.penstock.server.storage;

import io.netty.buffer.ByteBuf;
import io.penstock.core.model.Acks;
import io.penstock.core.protocol.ProduceAck;

/**
 * A batch on its way into a partition's log. Whoever it was handed to owns the batch's buffer, and releases it before
 * {@link Listener#onTaken()}.
 *
 * @param correlation goes into the answer
 * @param leaderEpoch the epoch that the producer believes in, or -1
 * @param acks what the answer waits for
 * @param batch its readable bytes are what should be exactly one batch
 * @param listener hears of it
 */
public record PendingAppend(int correlation, int leaderEpoch, Acks acks, ByteBuf batch, Listener listener) {

    /** Both methods are called exactly once, on I/O threads without locks, and must be quick. */
    public interface Listener {

        /** The batch is in the log or was refused, and its buffer is released: the producer may send another one. */
        void onTaken();

        /** After {@link #onTaken()}. Answers of one partition to appends of the same acks come in their order. */
        void onAnswer(ProduceAck answer);
    }
}

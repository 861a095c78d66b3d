package io.penstock.client.serialization;

import io.netty.buffer.ByteBuf;

/**
 * Turns bytes back into keys or values. Called on a worker thread. What it throws ends the stream with
 * {@code SERIALIZATION_FAILED}, naming partition and offset.
 *
 * <p>The buffer is a part of a received frame that other threads still fill elsewhere: read it by absolute gets (or a
 * view from {@code nioBuffer(index, length)}), leave its indices alone, and keep no reference to it.
 *
 * @param <T> what is read; null never comes of a null key or value by this way
 */
@FunctionalInterface
public interface Deserializer<T> {

    /** Reads {@code length} bytes from {@code index} on. */
    T deserialize(ByteBuf source, int index, int length);
}

package io.penstock.client.serialization;

import io.netty.buffer.ByteBuf;

/**
 * Turns keys or values into bytes. May be called from any thread, by several at once if it is shared by several
 * producers or streams. What it throws fails the record with {@code SERIALIZATION_FAILED}.
 *
 * @param <T> what is written; null never reaches it, since a null key or value is a null in the record
 */
@FunctionalInterface
public interface Serializer<T> {

    /** Appends the value's bytes to the target, whose earlier bytes it leaves alone; keeps no reference to it. */
    void serialize(T value, ByteBuf target);
}

package io.penstock.client.serialization;

import io.netty.buffer.ByteBuf;
import java.util.Objects;

/**
 * A serializer and the deserializer that reads what it wrote.
 *
 * @param <T> what is written and read
 */
public interface Serde<T> extends Serializer<T>, Deserializer<T> {

    /** Joins the two directions. */
    static <T> Serde<T> of(Serializer<? super T> serializer, Deserializer<? extends T> deserializer) {
        Objects.requireNonNull(serializer, "serializer");
        Objects.requireNonNull(deserializer, "deserializer");
        return new Serde<>() {
            @Override
            public void serialize(T value, ByteBuf target) {
                serializer.serialize(value, target);
            }

            @Override
            public T deserialize(ByteBuf source, int index, int length) {
                return deserializer.deserialize(source, index, length);
            }
        };
    }
}

package io.penstock.server.coordinator.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the primitive types of Kafka's schemas: big-endian integers; strings with an int16 length; in flexible versions
 * ("compact") strings and arrays with their length plus one as an unsigned varint, 0 for null; tagged fields as their
 * number, and for each its tag and size, in the order of the tags. On the heap, nothing to release.
 */
final class FieldWriter {

    private final ByteBuf buffer = Unpooled.buffer(64);
    private final SortedMap<Integer, byte[]> tagged = new TreeMap<>();

    FieldWriter int8(int value) {
        buffer.writeByte(value);
        return this;
    }

    FieldWriter int16(int value) {
        buffer.writeShort(value);
        return this;
    }

    FieldWriter int32(int value) {
        buffer.writeInt(value);
        return this;
    }

    FieldWriter int64(long value) {
        buffer.writeLong(value);
        return this;
    }

    FieldWriter uuid(UUID value) {
        return int64(value.getMostSignificantBits()).int64(value.getLeastSignificantBits());
    }

    FieldWriter string(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        buffer.writeShort(bytes.length).writeBytes(bytes);
        return this;
    }

    FieldWriter compactString(@Nullable String value) {
        if (value == null) {
            return varint(0);
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        varint(bytes.length + 1);
        return bytes(bytes);
    }

    FieldWriter bytes(byte[] value) {
        buffer.writeBytes(value);
        return this;
    }

    <T> FieldWriter compactArray(Collection<T> values, BiConsumer<FieldWriter, T> element) {
        varint(values.size() + 1);
        values.forEach(value -> element.accept(this, value));
        return this;
    }

    /** Keeps a tagged field until {@link #endOfFields}. */
    FieldWriter tagged(int tag, Consumer<FieldWriter> value) {
        FieldWriter field = new FieldWriter();
        value.accept(field);
        tagged.put(tag, field.toBytes());
        return this;
    }

    /** Writes the tagged fields: the end of every struct of a flexible version. */
    FieldWriter endOfFields() {
        varint(tagged.size());
        tagged.forEach((tag, value) -> varint(tag).varint(value.length).bytes(value));
        tagged.clear();
        return this;
    }

    byte[] toBytes() {
        return ByteBufUtil.getBytes(buffer);
    }

    private FieldWriter varint(int value) {
        int bits = value;
        while ((bits & ~0x7f) != 0) {
            buffer.writeByte(bits & 0x7f | 0x80);
            bits >>>= 7;
        }
        buffer.writeByte(bits);
        return this;
    }
}

package io.penstock.server.coordinator.group;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link FieldWriter} writes. Every method throws {@link IllegalArgumentException} or
 * {@link java.nio.BufferUnderflowException} if the bytes are not of the type.
 */
final class FieldReader {

    private final ByteBuffer buffer;

    FieldReader(byte[] bytes) {
        this.buffer = ByteBuffer.wrap(bytes);
    }

    int int8() {
        return buffer.get();
    }

    int int16() {
        return buffer.getShort();
    }

    int int32() {
        return buffer.getInt();
    }

    long int64() {
        return buffer.getLong();
    }

    UUID uuid() {
        return new UUID(buffer.getLong(), buffer.getLong());
    }

    String string() {
        return new String(bytes(int16()), StandardCharsets.UTF_8);
    }

    String compactString() {
        String value = compactNullableString();
        if (value == null) {
            throw new IllegalArgumentException("a string is null");
        }
        return value;
    }

    @Nullable
    String compactNullableString() {
        int length = varint() - 1;
        return length < 0 ? null : new String(bytes(length), StandardCharsets.UTF_8);
    }

    <T> List<T> compactArray(Function<FieldReader, T> element) {
        int length = varint() - 1;
        if (length < 0 || length > buffer.remaining()) {
            throw new IllegalArgumentException(
                    "an array of " + length + " elements in " + buffer.remaining() + " bytes");
        }
        List<T> values = new ArrayList<>(length);
        for (int i = 0; i < length; i++) {
            values.add(element.apply(this));
        }
        return values;
    }

    /** The tagged fields that end a struct, by tag. */
    Map<Integer, byte[]> endOfFields() {
        int count = varint();
        Map<Integer, byte[]> tagged = new HashMap<>();
        for (int i = 0; i < count; i++) {
            int tag = varint();
            tagged.put(tag, bytes(varint()));
        }
        return tagged;
    }

    private byte[] bytes(int length) {
        if (length < 0 || length > buffer.remaining()) {
            throw new IllegalArgumentException(length + " bytes where " + buffer.remaining() + " are left");
        }
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    private int varint() {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            byte bits = buffer.get();
            value |= (bits & 0x7f) << shift;
            if (bits >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a varint of more than 5 bytes");
    }
}

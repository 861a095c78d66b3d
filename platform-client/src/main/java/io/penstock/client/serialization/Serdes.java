package io.penstock.client.serialization;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** The usual formats, byte for byte those of Kafka's serializers: numbers big-endian, text in UTF-8. */
public final class Serdes {

    private static final Serde<byte[]> BYTES = Serde.of((value, target) -> target.writeBytes(value), Serdes::bytesAt);

    private static final Serde<String> STRING = Serde.of(
            (value, target) -> target.writeCharSequence(value, StandardCharsets.UTF_8),
            (source, index, length) -> new String(bytesAt(source, index, length), StandardCharsets.UTF_8));

    private static final Serde<Short> INT16 =
            Serde.of((value, target) -> target.writeShort(value), (source, index, length) -> {
                requireLength(Short.BYTES, length, "an int16");
                return source.getShort(index);
            });

    private static final Serde<Integer> INT32 =
            Serde.of((value, target) -> target.writeInt(value), (source, index, length) -> {
                requireLength(Integer.BYTES, length, "an int32");
                return source.getInt(index);
            });

    private static final Serde<Long> INT64 =
            Serde.of((value, target) -> target.writeLong(value), (source, index, length) -> {
                requireLength(Long.BYTES, length, "an int64");
                return source.getLong(index);
            });

    private static final Serde<Float> FLOAT32 =
            Serde.of((value, target) -> target.writeFloat(value), (source, index, length) -> {
                requireLength(Float.BYTES, length, "a float32");
                return source.getFloat(index);
            });

    private static final Serde<Double> FLOAT64 =
            Serde.of((value, target) -> target.writeDouble(value), (source, index, length) -> {
                requireLength(Double.BYTES, length, "a float64");
                return source.getDouble(index);
            });

    /** Kafka's way: the 36 characters, not the 16 bytes. */
    private static final Serde<UUID> UUID_TEXT = Serde.of(
            (value, target) -> target.writeCharSequence(value.toString(), StandardCharsets.UTF_8),
            (source, index, length) ->
                    UUID.fromString(new String(bytesAt(source, index, length), StandardCharsets.UTF_8)));

    private Serdes() {}

    /** Bytes as they are. */
    public static Serde<byte[]> bytes() {
        return BYTES;
    }

    /** Text in UTF-8. */
    public static Serde<String> string() {
        return STRING;
    }

    /** Two bytes. */
    public static Serde<Short> int16() {
        return INT16;
    }

    /** Four bytes. */
    public static Serde<Integer> int32() {
        return INT32;
    }

    /** Eight bytes. */
    public static Serde<Long> int64() {
        return INT64;
    }

    /** Four bytes of IEEE 754. */
    public static Serde<Float> float32() {
        return FLOAT32;
    }

    /** Eight bytes of IEEE 754. */
    public static Serde<Double> float64() {
        return FLOAT64;
    }

    /** The 36 characters of a UUID, as Kafka's serializer writes them. */
    public static Serde<UUID> uuid() {
        return UUID_TEXT;
    }

    /** JSON by Jackson with its default settings. */
    public static <T> Serde<T> json(Class<T> type) {
        return json(new ObjectMapper(), type);
    }

    /** JSON by Jackson with its default settings, for a generic type. */
    public static <T> Serde<T> json(TypeReference<T> type) {
        return json(new ObjectMapper(), type);
    }

    /** JSON by a mapper of one's own. */
    public static <T> Serde<T> json(ObjectMapper mapper, Class<T> type) {
        return JsonSerde.of(mapper, mapper.constructType(type));
    }

    /** JSON by a mapper of one's own, for a generic type. */
    public static <T> Serde<T> json(ObjectMapper mapper, TypeReference<T> type) {
        return JsonSerde.of(mapper, mapper.constructType(type.getType()));
    }

    /** A copy: {@code getBytes} into an array reads by a view of its own, which is safe beside the event loop. */
    static byte[] bytesAt(ByteBuf source, int index, int length) {
        byte[] bytes = new byte[length];
        source.getBytes(index, bytes);
        return bytes;
    }

    private static void requireLength(int expected, int actual, String what) {
        if (actual != expected) {
            throw new IllegalArgumentException(what + " has " + expected + " bytes, here are " + actual);
        }
    }
}

package io.penstock.client.serialization;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** JSON in UTF-8 by one reader and one writer that Jackson has prepared for the type. */
final class JsonSerde<T> implements Serde<T> {

    private final ObjectReader reader;
    private final ObjectWriter writer;

    private JsonSerde(ObjectReader reader, ObjectWriter writer) {
        this.reader = reader;
        this.writer = writer;
    }

    static <T> Serde<T> of(ObjectMapper mapper, JavaType type) {
        return new JsonSerde<>(mapper.readerFor(type), mapper.writerFor(type));
    }

    @Override
    public void serialize(T value, ByteBuf target) {
        try (ByteBufOutputStream out = new ByteBufOutputStream(target)) {
            writer.writeValue((OutputStream) out, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public T deserialize(ByteBuf source, int index, int length) {
        try {
            T value = reader.readValue(Serdes.bytesAt(source, index, length));
            if (value == null) {
                throw new IllegalArgumentException("the JSON text is null; a null value has no bytes");
            }
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

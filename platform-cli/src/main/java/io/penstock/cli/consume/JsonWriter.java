package io.penstock.cli.consume;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.core.record.RecordHeader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object a line: topic, partition, offset, timestamp (milliseconds since 1970), key, value, headers. Bytes that
 * are no UTF-8 come as base64 under another name: {@code keyBase64}, {@code valueBase64}.
 */
final class JsonWriter implements RecordWriter {

    private final JsonFactory factory = new JsonFactory().disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);

    @Override
    public void write(ConsumerRecord<byte[], byte[]> record, OutputStream target) throws IOException {
        try (JsonGenerator json = factory.createGenerator(target)) {
            json.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
            json.writeStartObject();
            json.writeStringField("topic", record.topic());
            json.writeNumberField("partition", record.partition());
            json.writeNumberField("offset", record.offset());
            json.writeNumberField("timestamp", record.timestamp());
            writeBytes(json, "key", record.key());
            writeBytes(json, "value", record.value());
            if (!record.headers().isEmpty()) {
                writeHeaders(json, record);
            }
            json.writeEndObject();
        }
        target.write('\n');
    }

    private static void writeHeaders(JsonGenerator json, ConsumerRecord<byte[], byte[]> record) throws IOException {
        json.writeArrayFieldStart("headers");
        for (RecordHeader header : record.headers()) {
            json.writeStartObject();
            json.writeStringField("key", header.key());
            writeBytes(json, "value", header.value());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeBytes(JsonGenerator json, String name, byte @Nullable [] bytes) throws IOException {
        if (bytes == null) {
            json.writeNullField(name);
            return;
        }
        try {
            json.writeStringField(
                    name,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString());
        } catch (CharacterCodingException e) {
            json.writeBinaryField(name + "Base64", bytes);
        }
    }
}

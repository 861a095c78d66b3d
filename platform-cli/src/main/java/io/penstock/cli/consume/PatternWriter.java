package io.penstock.cli.consume;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.core.record.RecordHeader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line a record by a pattern: {@code %k} key, {@code %v} value, {@code %o} offset, {@code %p} partition, {@code %t}
 * topic, {@code %T} timestamp, {@code %h} headers, {@code %%} a percent sign; {@code \t}, {@code \n} and {@code \\} as
 * everywhere. Keys and values are written as the bytes that they are; one that is null is written as nothing.
 */
final class PatternWriter implements RecordWriter {

    private final List<RecordWriter> parts;

    private PatternWriter(List<RecordWriter> parts) {
        this.parts = List.copyOf(parts);
    }

    /**
     * Reads a pattern.
     *
     * @throws CommandFailure with exit code 2 if a placeholder is unknown
     */
    static PatternWriter of(String pattern) {
        List<RecordWriter> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char character = pattern.charAt(i);
            boolean special = (character == '%' || character == '\\') && i + 1 < pattern.length();
            if (!special) {
                literal.append(character);
            } else if (character == '\\') {
                literal.append(unescape(pattern.charAt(++i)));
            } else if (pattern.charAt(i + 1) == '%') {
                literal.append('%');
                i++;
            } else {
                addLiteral(parts, literal);
                parts.add(placeholder(pattern.charAt(++i)));
            }
        }
        literal.append('\n');
        addLiteral(parts, literal);
        return new PatternWriter(parts);
    }

    @Override
    public void write(ConsumerRecord<byte[], byte[]> record, OutputStream target) throws IOException {
        for (RecordWriter part : parts) {
            part.write(record, target);
        }
    }

    private static void addLiteral(List<RecordWriter> parts, StringBuilder literal) {
        if (literal.length() > 0) {
            byte[] bytes = literal.toString().getBytes(StandardCharsets.UTF_8);
            parts.add((record, target) -> target.write(bytes));
            literal.setLength(0);
        }
    }

    private static char unescape(char character) {
        return switch (character) {
            case 't' -> '\t';
            case 'n' -> '\n';
            default -> character;
        };
    }

    private static RecordWriter placeholder(char name) {
        return switch (name) {
            case 'k' -> (record, target) -> writeBytes(record.key(), target);
            case 'v' -> (record, target) -> writeBytes(record.value(), target);
            case 'o' -> (record, target) -> writeText(record.offset(), target);
            case 'p' -> (record, target) -> writeText(record.partition(), target);
            case 't' -> (record, target) -> writeText(record.topic(), target);
            case 'T' -> (record, target) -> writeText(Instant.ofEpochMilli(record.timestamp()), target);
            case 'h' -> (record, target) -> target.write(headers(record));
            default ->
                throw CommandFailure.usage(
                        "--format does not know %" + name
                                + ": give %k key, %v value, %o offset, %p partition, %t topic, %T timestamp, %h headers, or json");
        };
    }

    private static byte[] headers(ConsumerRecord<byte[], byte[]> record) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (RecordHeader header : record.headers()) {
            if (text.size() > 0) {
                text.write(',');
            }
            text.write(header.key().getBytes(StandardCharsets.UTF_8));
            text.write('=');
            writeBytes(header.value(), text);
        }
        return text.toByteArray();
    }

    private static void writeText(Object value, OutputStream target) throws IOException {
        target.write(value.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void writeBytes(byte @Nullable [] bytes, OutputStream target) throws IOException {
        if (bytes != null) {
            target.write(bytes);
        }
    }
}

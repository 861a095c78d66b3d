package io.penstock.cli.produce;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.client.producer.ProducerRecord;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes a record of a line: all of it is the value, or the key is what stands before the first separator. */
final class LineParser {

    private final String topic;
    private final @Nullable Integer partition;
    private final byte @Nullable [] separator;
    private long lineNumber;

    LineParser(String topic, @Nullable Integer partition, @Nullable String separator) {
        this.topic = topic;
        this.partition = partition;
        this.separator = separator == null ? null : separator.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Parses the next line.
     *
     * @throws CommandFailure if the separator is not in it
     */
    ProducerRecord<byte[], byte[]> parse(byte[] line) {
        lineNumber++;
        ProducerRecord<byte[], byte[]> record =
                separator == null ? ProducerRecord.of(topic, line) : withKey(line, separator);
        return partition == null ? record : record.withPartition(partition);
    }

    private ProducerRecord<byte[], byte[]> withKey(byte[] line, byte[] keyEnd) {
        int at = indexOf(line, keyEnd);
        if (at < 0) {
            throw new CommandFailure("line " + lineNumber + " has no key: there is no '"
                    + new String(keyEnd, StandardCharsets.UTF_8) + "' in it");
        }
        byte[] key = Arrays.copyOf(line, at);
        return ProducerRecord.of(topic, key, Arrays.copyOfRange(line, at + keyEnd.length, line.length));
    }

    private static int indexOf(byte[] line, byte[] wanted) {
        for (int i = 0; i + wanted.length <= line.length; i++) {
            if (Arrays.equals(line, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }
}

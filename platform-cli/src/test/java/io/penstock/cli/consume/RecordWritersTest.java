package io.penstock.cli.consume;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.core.model.TimestampType;
import io.penstock.core.record.RecordHeader;
import io.penstock.core.record.RecordHeaders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordWritersTest {

    private static final RecordHeaders HEADERS =
            RecordHeaders.of(new RecordHeader("trace", "7f".getBytes(UTF_8)), new RecordHeader("empty", null));

    @Test
    void fillsEveryPlaceholder() throws IOException {
        assertThat(written(PatternWriter.of("%t-%p@%o %T [%h] %k=%v 100%% \\t."), record("k", "v")))
                .isEqualTo("orders-3@42 2026-11-20T10:00:00Z [trace=7f,empty=] k=v 100% \t.\n");
    }

    @Test
    void writesNullAsNothing() throws IOException {
        assertThat(written(PatternWriter.of("%k|%v"), record(null, null))).isEqualTo("|\n");
    }

    @Test
    void writesBytesAsTheyAre() throws IOException {
        byte[] notText = {(byte) 0xff, 0, (byte) 0xfe};
        ByteArrayOutputStream target = new ByteArrayOutputStream();

        PatternWriter.of("%v").write(recordOf(null, notText), target);

        assertThat(target.toByteArray()).containsExactly(0xff, 0, 0xfe, '\n');
    }

    @Test
    void refusesAnUnknownPlaceholder() {
        assertThatExceptionOfType(CommandFailure.class)
                .isThrownBy(() -> PatternWriter.of("%x"))
                .withMessageContaining("%x")
                .withMessageContaining("%v");
    }

    @Test
    void keepsALoneSignAtTheEnd() throws IOException {
        assertThat(written(PatternWriter.of("%v%"), record(null, "v"))).isEqualTo("v%\n");
    }

    @Test
    void writesOneJsonObjectALine() throws IOException {
        assertThat(written(new JsonWriter(), record("k", "line\n\"quoted\"")))
                .isEqualTo("{\"topic\":\"orders\",\"partition\":3,\"offset\":42,\"timestamp\":1795168800000,"
                        + "\"key\":\"k\",\"value\":\"line\\n\\\"quoted\\\"\","
                        + "\"headers\":[{\"key\":\"trace\",\"value\":\"7f\"},{\"key\":\"empty\",\"value\":null}]}\n");
    }

    @Test
    void writesBytesThatAreNoTextAsBase64InJson() throws IOException {
        ByteArrayOutputStream target = new ByteArrayOutputStream();

        new JsonWriter().write(recordOf(null, new byte[] {(byte) 0xff}), target);

        assertThat(target.toString(UTF_8)).contains("\"key\":null").contains("\"valueBase64\":\"/w==\"");
    }

    private static String written(RecordWriter writer, ConsumerRecord<byte[], byte[]> record) throws IOException {
        ByteArrayOutputStream target = new ByteArrayOutputStream();
        writer.write(record, target);
        return target.toString(UTF_8);
    }

    private static ConsumerRecord<byte[], byte[]> record(@Nullable String key, @Nullable String value) {
        return recordOf(key == null ? null : key.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8));
    }

    private static ConsumerRecord<byte[], byte[]> recordOf(byte @Nullable [] key, byte @Nullable [] value) {
        return new ConsumerRecord<>(
                "orders", 3, 42, 1_795_168_800_000L, TimestampType.CREATE_TIME, key, value, HEADERS, 0);
    }
}

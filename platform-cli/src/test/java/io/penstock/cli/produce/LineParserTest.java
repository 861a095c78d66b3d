package io.penstock.cli.produce;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.client.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class LineParserTest {

    @Test
    void takesTheWholeLineAsValueWithoutASeparator() {
        ProducerRecord<byte[], byte[]> record = new LineParser("t", null, null).parse("a:b".getBytes(UTF_8));

        assertThat(record.key()).isNull();
        assertThat(record.value()).isEqualTo("a:b".getBytes(UTF_8));
        assertThat(record.partition()).isNull();
    }

    @Test
    void cutsAtTheFirstSeparator() {
        ProducerRecord<byte[], byte[]> record = new LineParser("t", 2, "::").parse("a:b::c::d".getBytes(UTF_8));

        assertThat(record.key()).isEqualTo("a:b".getBytes(UTF_8));
        assertThat(record.value()).isEqualTo("c::d".getBytes(UTF_8));
        assertThat(record.partition()).isEqualTo(2);
    }

    @Test
    void namesTheLineThatHasNoSeparator() {
        LineParser parser = new LineParser("t", null, ":");
        parser.parse("k:v".getBytes(UTF_8));

        assertThatExceptionOfType(CommandFailure.class)
                .isThrownBy(() -> parser.parse("no key".getBytes(UTF_8)))
                .withMessageStartingWith("line 2 has no key");
    }
}

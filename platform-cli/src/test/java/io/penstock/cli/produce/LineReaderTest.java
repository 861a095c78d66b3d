package io.penstock.cli.produce;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {

    @Test
    void readsLinesWithoutTheirEnds() throws IOException {
        assertThat(lines("one\ntwo\r\n\nfour", 3)).containsExactly("one", "two", "", "four");
    }

    @Test
    void doesNotInventALineAfterTheLastEnd() throws IOException {
        assertThat(lines("one\n", 1)).containsExactly("one");
        assertThat(lines("", 1)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100})
    void refusesALineThatIsTooLongAndSaysHowLongItIs(int step) {
        LineReader reader = new LineReader(inSteps("12345678\n9\n".getBytes(UTF_8), step), 4);

        assertThatExceptionOfType(LongLineException.class)
                .isThrownBy(reader::next)
                .withMessage("has 8 bytes, and 4 is the most");
    }

    @Property(tries = 100)
    void readsTheSameHoweverTheStreamIsCut(
            @ForAll @Size(max = 20) List<@IntRange(max = 100_000) Integer> lengths,
            @ForAll @IntRange(min = 1, max = 100_000) int step)
            throws IOException {
        List<String> lines = lengths.stream().map("x"::repeat).toList();
        String text = String.join("\n", lines) + (lines.isEmpty() ? "" : "\n");

        assertThat(lines(text, step)).isEqualTo(lines);
    }

    private static List<String> lines(String text, int step) throws IOException {
        LineReader reader = new LineReader(inSteps(text.getBytes(UTF_8), step), 1 << 20);
        List<String> lines = new ArrayList<>();
        for (byte[] line = reader.next(); line != null; line = reader.next()) {
            lines.add(new String(line, UTF_8));
        }
        return lines;
    }

    private static InputStream inSteps(byte[] bytes, int step) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(step, length));
            }
        };
    }
}

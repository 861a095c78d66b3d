package io.penstock.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiveBlockTest {

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final LiveBlock block = new LiveBlock(new PrintStream(written, true, StandardCharsets.UTF_8), 10);

    @Test
    void goesUpByAsManyLinesAsItDrewAndClearsWhatIsLeftBelow() {
        block.draw(List.of("one", "two", "three"));
        written.reset();

        block.draw(List.of("four"));

        assertThat(text()).isEqualTo("\u001b[3A\r\u001b[Kfour\n\u001b[J");
    }

    @Test
    void cutsWhatWouldWrap() {
        block.draw(List.of("0123456789abc"));

        assertThat(text()).isEqualTo("\r\u001b[K0123456789\n\u001b[J");
    }

    @Test
    void startsBelowWhatIsKept() {
        block.draw(List.of("one"));
        block.keep();
        written.reset();

        block.draw(List.of("two"));

        assertThat(text()).doesNotContain("A\r").startsWith("\r\u001b[Ktwo");
    }

    private String text() {
        return written.toString(StandardCharsets.UTF_8);
    }
}

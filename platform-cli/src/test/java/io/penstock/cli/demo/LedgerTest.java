package io.penstock.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {

    @TempDir
    private Path directory = Path.of("");

    private Corpus corpus;
    private Ledger ledger;

    @BeforeEach
    void readCorpus() throws IOException {
        Files.writeString(directory.resolve("text"), "alpha\nbeta\ngamma\n");
        corpus = Corpus.read(List.of(directory));
        ledger = new Ledger(corpus);
    }

    @Test
    void findsNothingWrongWithEveryNumberOnce() {
        enter(0, 0);
        enter(1, 1);
        enter(0, 2);

        assertThat(ledger.lost(3)).isZero();
        assertThat(ledger.repeated() + ledger.disordered() + ledger.altered()).isZero();
        assertThat(ledger.records()).isEqualTo(3);
        assertThat(ledger.bytes()).isEqualTo(3 * 11 + "alphabetagamma".length());
    }

    @Test
    void countsTheLost() {
        enter(0, 0);
        enter(0, 3);

        assertThat(ledger.lost(5)).isEqualTo(3);
    }

    @Test
    void countsTheRepeated() {
        enter(0, 0);
        enter(0, 0);

        assertThat(ledger.repeated()).isEqualTo(1);
        assertThat(ledger.lost(1)).isZero();
    }

    @Test
    void countsWhatIsOutOfOrderWithinAPartitionOnly() {
        enter(0, 5);
        enter(1, 3);
        assertThat(ledger.disordered()).isZero();

        enter(0, 4);
        assertThat(ledger.disordered()).isEqualTo(1);
    }

    @Test
    void countsWhatHasAnotherTextAsAlteredAndAsLost() {
        ledger.enter(0, NumberedLine.of(0, corpus.line(1)));
        ledger.enter(0, new byte[3]);

        assertThat(ledger.altered()).isEqualTo(2);
        assertThat(ledger.lost(1)).isEqualTo(1);
    }

    private void enter(int partition, long number) {
        ledger.enter(partition, NumberedLine.of(number, corpus.line(number)));
    }
}

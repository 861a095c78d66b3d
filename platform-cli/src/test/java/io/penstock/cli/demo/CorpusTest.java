package io.penstock.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.penstock.cli.terminal.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {

    @TempDir
    private Path directory = Path.of("");

    @Test
    void readsTextFilesInTheOrderOfTheirNamesAndRepeatsThem() throws IOException {
        Files.writeString(directory.resolve("b.txt"), "three\n\n   \nfour");
        Files.writeString(directory.resolve("a.txt"), "one\ntwo\n");

        Corpus corpus = Corpus.read(List.of(directory));

        assertThat(LongStream.range(0, 6).mapToObj(place -> new String(corpus.line(place), UTF_8)))
                .containsExactly("one", "two", "three", "four", "one", "two");
        assertThat(corpus.fileCount()).isEqualTo(2);
        assertThat(corpus.lineCount()).isEqualTo(4);
    }

    @Test
    void leavesOutWhatIsNoText() throws IOException {
        Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        Files.writeString(directory.resolve("archive.jar"), "text by chance");
        Files.writeString(Files.createDirectory(directory.resolve("target")).resolve("built.txt"), "built");
        Files.writeString(directory.resolve("text"), "only this");

        Corpus corpus = Corpus.read(List.of(directory));

        assertThat(corpus.lineCount()).isEqualTo(1);
        assertThat(corpus.line(0)).asString().isEqualTo("only this");
    }

    @Test
    void findsMuchTextInAnyJdk() {
        Corpus corpus = Corpus.read(List.of(Path.of(System.getProperty("java.home"))));

        assertThat(corpus.lineCount()).isGreaterThan(1_000);
    }

    @Test
    void saysWhereThereIsNoText() {
        assertThatExceptionOfType(CommandFailure.class)
                .isThrownBy(() -> Corpus.read(List.of(directory)))
                .withMessageContaining(directory.toString());
    }
}

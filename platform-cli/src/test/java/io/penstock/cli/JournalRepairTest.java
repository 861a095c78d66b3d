package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code log verify} and {@code log repair} of the metadata journal, and whether a broker starts then. */
class JournalRepairTest {

    private static final String JOURNAL = "__cluster_metadata-0";

    @TempDir
    private Path data = Path.of("");

    private Path log = Path.of("");

    @BeforeEach
    void writeTopics() {
        try (BrokerFixture broker = new BrokerFixture(data)) {
            for (String topic : new String[] {"orders", "others", "thirds"}) {
                assertThat(broker.run("topic", "create", topic).exitCode()).isZero();
                assertThat(broker.runWithInput("a record\n", "produce", topic).exitCode())
                        .isZero();
            }
        }
        log = data.resolve(JOURNAL).resolve("00000000000000000000.log");
    }

    @Test
    void saysThatTheBrokerIsRefusedAndWhatARepairLoses() throws IOException {
        flipInCommitOf("others");
        Map<String, Integer> before = contents();

        CommandRun run = log("verify");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out())
                .containsPattern("DAMAGED 0{20}\\.log at byte \\d+: its checksum is wrong")
                .contains(
                        "the broker's next start is refused: the metadata journal ",
                        "Restore the directory from a copy")
                .containsPattern("lost by a repair: topic others \\(id [-0-9a-f]+\\).* sets others-0 aside as \\.stray")
                .doesNotContain("torn", "cuts", "topic orders", "topic thirds");
        assertThat(contents()).as("not a byte was changed").isEqualTo(before);
        assertThat(log("repair").exitCode()).isEqualTo(2);
        assertThat(contents()).as("not a byte was changed").isEqualTo(before);
    }

    @Test
    void startsAgainAfterARepairWithWhatIsReadable() throws IOException {
        flipInCommitOf("others");

        CommandRun repair = log("repair", "--change-files");

        assertThat(repair.exitCode()).as(repair.out() + repair.err()).isZero();
        assertThat(repair.out()).contains("to .quarantine: ", "lost by a repair: topic others ");
        assertThat(data.resolve(JOURNAL).resolve(".quarantine")).isDirectoryContaining("glob:**.report");
        assertThat(log("verify").exitCode()).isZero();
        try (BrokerFixture broker = new BrokerFixture(data)) {
            assertThat(broker.run("topic", "list").out())
                    .contains("orders", "thirds")
                    .doesNotContain("others");
            assertThat(broker.run("consume", "thirds", "--to-end").out()).contains("a record");
        }
    }

    @Test
    void judgesDamageAlikeAfterAKillWhereOtherCommitsFollow() throws IOException {
        Files.delete(data.resolve(".clean-shutdown"));
        Files.delete(data.resolve(JOURNAL).resolve("recovery-points"));
        for (Path snapshot : snapshots()) {
            Files.delete(snapshot);
        }
        flipInCommitOf("others");

        assertThat(log("verify").out()).contains("and valid batches follow", "the broker's next start is refused: ");
        assertThat(log("repair", "--change-files").exitCode()).isZero();
        try (BrokerFixture broker = new BrokerFixture(data)) {
            assertThat(broker.run("topic", "list").out())
                    .contains("orders", "thirds")
                    .doesNotContain("others");
        }
    }

    @Test
    void cutsATornCommitAsTheBrokerDoes() throws IOException {
        Files.write(log, new byte[20], StandardOpenOption.APPEND);

        assertThat(log("verify").out())
                .contains("the broker's next start cuts it")
                .doesNotContain("lost by a repair");
        assertThat(log("repair", "--change-files").exitCode()).isZero();
        assertThat(log("verify").exitCode()).isZero();
        try (BrokerFixture broker = new BrokerFixture(data)) {
            assertThat(broker.run("topic", "list").out()).contains("orders", "others", "thirds");
        }
    }

    @Test
    void saysThatAllTopicsAreLostWithTheJournalsSegment() throws IOException {
        Files.delete(log);

        CommandRun verify = log("verify");
        CommandRun repair = log("repair", "--change-files");

        assertThat(verify.exitCode()).isEqualTo(1);
        assertThat(verify.out())
                .contains("the broker's next start is refused: ")
                .contains("lost by a repair: topic orders ", "lost by a repair: topic thirds ");
        assertThat(repair.exitCode()).as(repair.out() + repair.err()).isZero();
        new BrokerFixture(data).close();
        assertThat(data.toFile().list((parent, name) -> name.endsWith(".stray")))
                .hasSize(3);
    }

    @Test
    void saysThatTheBrokerIsRefusedWithoutItsJournal() throws IOException {
        Path journal = data.resolve(JOURNAL);
        Path aside = data.resolve("aside");
        Files.move(journal, aside);
        Map<String, Integer> before = contents();

        CommandRun verify = log("verify");

        assertThat(verify.exitCode()).isEqualTo(1);
        assertThat(verify.out())
                .contains("DAMAGED __cluster_metadata-0: it is missing, and there are partitions")
                .contains("move the directories of the partitions away");
        assertThatThrownBy(() -> new BrokerFixture(data))
                .hasMessageContaining("the metadata journal __cluster_metadata-0 is missing");
        assertThat(contents()).as("not a byte was changed").isEqualTo(before);
        Files.move(aside, journal);
        try (BrokerFixture broker = new BrokerFixture(data)) {
            assertThat(broker.run("topic", "list").out()).contains("orders", "others", "thirds");
        }
    }

    private CommandRun log(String command, String... more) {
        return CommandRun.of(Stream.concat(Stream.of("log", command, data.toString()), Arrays.stream(more))
                .toArray(String[]::new));
    }

    private void flipInCommitOf(String topic) throws IOException {
        byte[] bytes = Files.readAllBytes(log);
        ByteBuffer lengths = ByteBuffer.wrap(bytes);
        for (int at = 0; at < bytes.length; at += 12 + lengths.getInt(at + 8)) {
            String commit = new String(bytes, at, 12 + lengths.getInt(at + 8), StandardCharsets.ISO_8859_1);
            if (commit.contains("topics/" + topic)) {
                bytes[at + 80] ^= 1;
                Files.write(log, bytes);
                return;
            }
        }
        throw new AssertionError("no commit is of " + topic);
    }

    private List<Path> snapshots() throws IOException {
        try (Stream<Path> files = Files.list(data.resolve(JOURNAL))) {
            return files.filter(file -> file.toString().endsWith(".snapshot")).toList();
        }
    }

    private Map<String, Integer> contents() throws IOException {
        Map<String, Integer> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.toList()) {
                contents.put(file.toString(), Files.isDirectory(file) ? 0 : Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return contents;
    }
}

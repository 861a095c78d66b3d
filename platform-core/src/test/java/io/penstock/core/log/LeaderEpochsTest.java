package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The two files that say at which offsets leader epochs begin, and which of them is believed. */
class LeaderEpochsTest {

    private static final String OWN = """
            0
            0 0
            2 1
            5 3
            crc32c 6bb114af
            """;
    private static final String KAFKAS = """
            0
            3
            0 0
            2 1
            5 3
            """;

    @TempDir
    Path root;

    private LogFixture fixture;
    private Path own;
    private Path kafkas;

    @BeforeEach
    void write() throws Exception {
        fixture = new LogFixture(DiskDirectory.open(root), LogFixture.SMALL);
        fixture.append(0, fixture.batch("of epoch 0"));
        fixture.append(2, fixture.batch("of", "epoch 2"));
        fixture.append(5, fixture.batch("of epoch 5"));
        fixture.append(5, fixture.batch("of epoch 5 too"));
        own = root.resolve("orders-3/leader-epochs");
        kafkas = root.resolve("orders-3/leader-epoch-checkpoint");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void haveTheseTexts() {
        assertThat(own).hasContent(OWN);
        assertThat(kafkas).hasContent(KAFKAS);
    }

    @Test
    void areNotBelievedAfterAnyChangeOfABit() throws Exception {
        byte[] good = Files.readAllBytes(own);
        for (int bit = 0; bit < 8 * good.length; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(own, bad);

            LeaderEpochs epochs = LeaderEpochs.read(directory());

            assertThat(epochs.isChecked()).as("whether bit %s is missed", bit).isFalse();
            assertThat(epochs.isDamaged()).isTrue();
        }
    }

    @Test
    void areTakenFromKafkasFileWhereTheirOwnIsMissing() throws Exception {
        fixture.log.close();
        Files.delete(own);

        fixture.openAgain();

        assertThat(fixture.log.recovery().isUneventful()).isTrue();
        assertThat(own).hasContent(OWN);
    }

    @Test
    void areTakenFromTheCopyWhereTheirFileIsDamaged() throws Exception {
        fixture.log.close();
        for (String bad : List.of("", "0\n", OWN.replace("2 1", "2 2"), OWN.substring(0, 9))) {
            Files.writeString(own, bad);

            fixture.openAgain();

            assertThat(fixture.log.recovery().areEpochsRebuilt()).isTrue();
            assertThat(fixture.log.endOffsetFor(2)).isEqualTo(new EpochEndOffset(2, 3));
            fixture.log.close();
            assertThat(own).hasContent(OWN);
        }
    }

    @Test
    void areTakenFromTheBatchesWhereTheCopyIsNotTrueEither() throws Exception {
        fixture.log.close();
        for (String bad : List.of("", "garbage", KAFKAS.replace("2 1", "1 1"), KAFKAS.replace("2 1", "2 2"))) {
            Files.writeString(own, OWN.replace("2 1", "1 1"));
            Files.writeString(kafkas, bad);

            fixture.openAgain();

            assertThat(fixture.log.recovery().areEpochsRebuilt()).isTrue();
            fixture.log.close();
            assertThat(own).hasContent(OWN);
            assertThat(kafkas).hasContent(KAFKAS);
        }
    }

    @Test
    void areCopiedAgainWhereTheCopyIsMissingOrDiffers() throws Exception {
        fixture.log.close();
        fixture.point = fixture.log.recoveryPoint();
        for (String bad : List.of("", KAFKAS.replace("2 1", "2 2"), "0\n2\n0 0\n2 1\n")) {
            Files.writeString(kafkas, bad);

            fixture.openAgain();

            assertThat(fixture.log.recovery().isUneventful()).isTrue();
            fixture.log.close();
            assertThat(kafkas).hasContent(KAFKAS);
        }
    }

    @Test
    void tellWhichFileIsDamaged() throws Exception {
        fixture.log.close();
        assertThat(damagedFiles()).isEmpty();

        Files.writeString(own, OWN.replace("2 1", "2 2"));
        assertThat(damagedFiles()).containsExactly("leader-epochs");

        Files.writeString(own, OWN);
        Files.writeString(kafkas, KAFKAS.replace("2 1", "2 2"));
        assertThat(damagedFiles()).containsExactly("leader-epoch-checkpoint");

        Files.delete(own);
        assertThat(damagedFiles()).containsExactly("leader-epoch-checkpoint");

        Files.writeString(kafkas, KAFKAS);
        assertThat(damagedFiles()).as("in a directory of Kafka's").isEmpty();
    }

    @Test
    void arePutInOrderByARepairThatNoStartWouldSeeToDo() throws Exception {
        fixture.log.close();
        Files.delete(own);
        Files.writeString(kafkas, KAFKAS.replace("2 1", "1 1"));

        fixture.log = PartitionLog.openRepairing(
                fixture.directory,
                LogFixture.PARTITION,
                LogFixture.TOPIC_ID,
                fixture.settings,
                fixture.log.recoveryPoint(),
                LogAudit.of(directory(), RecoveryPoint.UNKNOWN, 200).defects(),
                LogFixture.NOW);

        assertThat(own).hasContent(OWN);
        assertThat(kafkas).hasContent(KAFKAS);
    }

    private List<String> damagedFiles() throws Exception {
        return LogAudit.of(directory(), RecoveryPoint.UNKNOWN, 200).defects().stream()
                .map(LogDefect::file)
                .toList();
    }

    private LogDirectory directory() throws Exception {
        return fixture.partitionDirectory();
    }
}

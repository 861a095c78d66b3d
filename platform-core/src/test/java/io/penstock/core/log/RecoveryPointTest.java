package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.log.file.DiskDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log opened from a recovery point, as a broker leaves it that is killed: {@link #crash()} copies its files while it is open. */
class RecoveryPointTest {

    @TempDir
    Path root;

    @TempDir
    Path copy;

    private LogFixture running;
    private LogFixture fixture;

    @BeforeEach
    void open() throws Exception {
        running = new LogFixture(DiskDirectory.open(root), LogFixture.SMALL.withSegmentBytes(4096));
        fixture = new LogFixture(DiskDirectory.open(copy), running.settings);
        fixture.log.delete();
    }

    @AfterEach
    void close() {
        running.close();
        fixture.close();
    }

    @Test
    void readsNothingAfterACleanStop() throws Exception {
        List<String> written = fill(0, 100);
        running.log.close();
        crash();

        restart(running.log.recoveryPoint());

        assertThat(running.log.recoveryPoint().isClean()).isTrue();
        assertThat(fixture.log.recovery()).isEqualTo(LogRecovery.uneventful(0));
        assertThat(fixture.valuesFrom(0)).isEqualTo(written);
        assertThat(fixture.log.flushedOffset()).as("nothing is left to force").isEqualTo(100);
        fixture.append("next");
        assertThat(fixture.valuesFrom(99)).containsExactly("value 099", "next");
    }

    @Test
    void readsWhatLiesBehindThePointOnly() throws Exception {
        fill(0, 100);
        RecoveryPoint point = running.log.checkpoint();
        fill(100, 103);
        long behind = running.log.bytesBehindRecoveryPoint();
        crash();

        restart(point);

        assertThat(point.offset()).isEqualTo(100);
        assertThat(fixture.log.recovery()).isEqualTo(LogRecovery.uneventful(behind));
        assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(103);
        assertThat(fixture.log.recoveryPoint()).isEqualTo(point);
        assertThat(fixture.valuesFrom(0)).hasSize(103).endsWith("value 102");
    }

    @Test
    void readsTheSegmentsThatWereRolledSinceThePoint() throws Exception {
        fill(0, 20);
        RecoveryPoint point = running.log.checkpoint();
        List<String> more = fill(20, 150);
        int segments = running.log.extents().size();
        crash();

        restart(point);

        assertThat(segments).isGreaterThan(2);
        assertThat(fixture.log.extents()).hasSize(segments);
        assertThat(fixture.log.recovery().isUneventful()).isTrue();
        assertThat(fixture.valuesFrom(20)).isEqualTo(more);
    }

    @Test
    void neverBelievesAnIndexBehindThePoint() throws Exception {
        fill(0, 30);
        RecoveryPoint point = running.log.checkpoint();
        List<String> more = fill(30, 40);
        crash();
        List<SegmentExtent> extents = running.log.extents();
        Random random = new Random(5);
        for (String suffix : List.of(".index", ".timeindex")) {
            int entry = suffix.equals(".index") ? 8 : 12;
            Path index = file(point.segmentBaseOffset(), suffix);
            int known = indexEntriesBefore(point, suffix) * entry;
            byte[] garbage = new byte[5 * entry + 3];
            random.nextBytes(garbage);
            byte[] bytes = Arrays.copyOf(Files.readAllBytes(index), known + garbage.length);
            System.arraycopy(garbage, 0, bytes, known, garbage.length);
            Files.write(index, bytes);
        }

        restart(point);

        assertThat(fixture.log.extents()).isEqualTo(extents);
        assertThat(fixture.log.recovery().indexesRebuilt())
                .as("what lies before the point is used as it is")
                .isZero();
        for (int offset = 0; offset < 40; offset++) {
            assertThat(LogFixture.values(fixture.read(offset, 40, 1))).containsExactly(value(offset));
        }
        assertThat(fixture.valuesFrom(30)).isEqualTo(more);
    }

    @Test
    void buildsTheIndexesAgainThatAreWrongBeforeThePoint() throws Exception {
        List<String> written = fill(0, 30);
        RecoveryPoint point = running.log.checkpoint();
        for (String suffix : List.of(".index", ".timeindex")) {
            crash();
            Files.write(file(point.segmentBaseOffset(), suffix), new byte[] {1, 2, 3});

            restart(point);

            assertThat(fixture.log.recovery().indexesRebuilt()).isEqualTo(1);
            assertThat(fixture.log.recovery().quarantined()).isEmpty();
            assertThat(fixture.valuesFrom(0)).isEqualTo(written);
            fixture.log.close();
        }
    }

    @Test
    void cutsATornTailBehindThePoint() throws Exception {
        fill(0, 30);
        RecoveryPoint point = running.log.checkpoint();
        fill(30, 32);
        crash();
        Path log = file(point.segmentBaseOffset(), ".log");
        Files.write(log, Arrays.copyOf(Files.readAllBytes(log), (int) Files.size(log) - 5));

        restart(point);

        assertThat(fixture.log.recovery().bytesCut()).isPositive();
        assertThat(fixture.log.recovery().quarantined()).isEmpty();
        assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(31);
    }

    @Test
    void setsDamageBelowThePointAsideAndUsesNoOffsetTwice() throws Exception {
        List<String> written = fill(0, 30);
        RecoveryPoint point = running.log.checkpoint();
        fill(30, 35);
        crash();
        Path log = file(0, ".log");
        byte[] bytes = Files.readAllBytes(log);
        int batch = bytes.length / 35;
        int damagedAt = 10 * (point.position() / 30);
        Files.write(log, Arrays.copyOf(bytes, damagedAt + batch / 2));
        Files.write(log, new byte[bytes.length - damagedAt - batch / 2], StandardOpenOption.APPEND);

        restart(point);

        QuarantinedRange range = fixture.log.recovery().quarantined().get(0);
        assertThat(range.fromOffset()).isEqualTo(10);
        assertThat(range.toOffset()).isEqualTo(30);
        assertThat(range.position()).isEqualTo(damagedAt);
        assertThat(range.bytes()).isEqualTo(bytes.length - damagedAt);
        assertThat(copy.resolve("orders-3").resolve(range.path()))
                .content()
                .contains("segment 00000000000000000000.log", "offsets 10 30", "crc32c ");
        assertThat(copy.resolve("orders-3/.quarantine").resolve("00000000000000000000-at-" + damagedAt + ".log"))
                .hasSize(range.bytes());
        assertThat(fixture.append("next").firstOffsets()).containsExactly(30);
        assertThat(fixture.valuesFrom(0)).isEqualTo(with(written.subList(0, 10), "next"));
        assertThat(fixture.valuesFrom(15)).as("a gap is passed over").containsExactly("next");
    }

    @Test
    void goesOnBehindWhatIsStillReadableBehindTheDamage() throws Exception {
        List<String> written = fill(0, 30);
        RecoveryPoint point = running.log.checkpoint();
        written.addAll(fill(30, 35));
        crash();
        Path log = file(0, ".log");
        byte[] bytes = Files.readAllBytes(log);
        // where the index has its last entry before the point, so that the header there is looked at
        bytes[point.position() - 10] ^= 1;
        bytes[point.position() - bytes.length / 35 + 16] = 9;
        Files.write(log, bytes);

        restart(point);

        assertThat(fixture.log.recovery().quarantined())
                .extracting(QuarantinedRange::fromOffset, QuarantinedRange::toOffset)
                .containsExactly(tuple(29L, 30L));
        assertThat(fixture.append("next").firstOffsets()).containsExactly(35);
        written.remove(29);
        assertThat(fixture.valuesFrom(0)).isEqualTo(with(written, "next"));
    }

    @Test
    void reportsAFileThatIsShorterThanItWas() throws Exception {
        List<String> written = fill(0, 30);
        RecoveryPoint point = running.log.checkpoint();
        crash();
        Path log = file(0, ".log");
        int batch = point.position() / 30;
        Files.write(log, Arrays.copyOf(Files.readAllBytes(log), point.position() - 2 * batch));

        restart(point);

        assertThat(fixture.log.recovery().quarantined()).hasSize(1);
        assertThat(fixture.log.recovery().quarantined().get(0).bytes()).isZero();
        assertThat(fixture.append("next").firstOffsets()).containsExactly(30);
        assertThat(fixture.valuesFrom(0)).isEqualTo(with(written.subList(0, 28), "next"));
    }

    @Test
    void doesAllOfItOnceOnly() throws Exception {
        fill(0, 30);
        RecoveryPoint point = running.log.checkpoint();
        crash();
        Path log = file(0, ".log");
        Files.write(log, Arrays.copyOf(Files.readAllBytes(log), point.position() - 7));
        restart(point);
        assertThat(fixture.log.recovery().quarantined()).hasSize(1);
        List<SegmentExtent> extents = fixture.log.extents();
        fixture.log.close();

        restart(point);

        assertThat(fixture.log.recovery().quarantined()).isEmpty();
        assertThat(fixture.log.recovery().bytesCut()).isZero();
        assertThat(fixture.log.extents()).isEqualTo(extents);
    }

    @Test
    void setsDamageInARolledSegmentAsideWhenItReadsIt() throws Exception {
        List<String> written = fill(0, 150);
        SegmentExtent second = running.log.extents().get(1);
        crash();
        Path log = file(second.baseOffset(), ".log");
        byte[] bytes = Files.readAllBytes(log);
        bytes[bytes.length - 1] ^= 1;
        Files.write(log, bytes);

        restart(RecoveryPoint.UNKNOWN);

        QuarantinedRange range = fixture.log.recovery().quarantined().get(0);
        assertThat(range.fromOffset()).isEqualTo(second.nextOffset() - 1);
        assertThat(range.toOffset()).isEqualTo(second.nextOffset());
        List<String> served = new ArrayList<>(written);
        served.remove((int) second.nextOffset() - 1);
        assertThat(fixture.valuesFrom(0)).isEqualTo(served);
        assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(150);
    }

    @Test
    void reportsOnceASegmentThatWasCutBetweenTwoBatches() throws Exception {
        List<String> written = fill(0, 150);
        SegmentExtent second = running.log.extents().get(1);
        running.log.close();
        crash();
        Path log = file(second.baseOffset(), ".log");
        int batch = second.sizeInBytes() / (int) (second.nextOffset() - second.baseOffset());
        Files.write(log, Arrays.copyOf(Files.readAllBytes(log), second.sizeInBytes() - batch));

        restart(running.log.recoveryPoint());

        assertThat(fixture.log.recovery().quarantined())
                .extracting(QuarantinedRange::fromOffset, QuarantinedRange::toOffset, QuarantinedRange::bytes)
                .containsExactly(tuple(second.nextOffset() - 1, second.nextOffset(), 0));
        List<String> served = new ArrayList<>(written);
        served.remove((int) second.nextOffset() - 1);
        assertThat(fixture.valuesFrom(0)).isEqualTo(served);
        fixture.log.close();
        restart(fixture.log.recoveryPoint());
        assertThat(fixture.log.recovery().isUneventful()).isTrue();
    }

    @Test
    void reportsASegmentThatIsMissingBetweenOthers() throws Exception {
        fill(0, 150);
        SegmentExtent second = running.log.extents().get(1);
        running.log.close();
        crash();
        for (String suffix : List.of(".log", ".index", ".timeindex")) {
            Files.delete(file(second.baseOffset(), suffix));
        }

        restart(running.log.recoveryPoint());

        assertThat(fixture.log.recovery().quarantined())
                .extracting(QuarantinedRange::fromOffset, QuarantinedRange::toOffset)
                .containsExactly(tuple(second.baseOffset(), second.nextOffset()));
    }

    @Test
    void missesNothingBeforeTheStartThatWasNoted() throws Exception {
        fill(0, 150);
        List<SegmentExtent> extents = running.log.extents();
        running.log.close();
        crash();
        for (String suffix : List.of(".log", ".index", ".timeindex")) {
            Files.delete(file(extents.get(1).baseOffset(), suffix));
        }
        fixture.logStart = extents.get(1).nextOffset();

        restart(running.log.recoveryPoint());

        assertThat(fixture.log.recovery().isUneventful()).isTrue();
        assertThat(fixture.log.snapshot().logStartOffset()).isEqualTo(fixture.logStart);
    }

    @Test
    void takesTheLeaderEpochsFromTheBatchesWhenTheLastOneSaysOtherwise() throws Exception {
        running.append(0, running.batch("of epoch 0"));
        running.append(2, running.batch("of epoch 2"));
        running.append(2, running.batch("of epoch 2 too"));
        running.log.close();
        crash();
        Path epochs = copy.resolve("orders-3/leader-epoch-checkpoint");
        String good = Files.readString(epochs);
        for (String bad : List.of("0\n1\n0 0\n", "0\n2\n0 0\n3 1\n", "")) {
            Files.deleteIfExists(copy.resolve("orders-3/leader-epochs"));
            Files.writeString(epochs, bad);

            restart(running.log.recoveryPoint());

            assertThat(fixture.log.recovery().areEpochsRebuilt()).isTrue();
            assertThat(fixture.log.recovery().isUneventful()).isFalse();
            assertThat(fixture.log.snapshot().leaderEpoch()).isEqualTo(2);
            assertThat(epochs).hasContent(good);
            fixture.log.close();
        }
        restart(running.log.recoveryPoint());
        assertThat(fixture.log.recovery().isUneventful()).isTrue();
    }

    @Test
    void believesNoLeaderEpochThatTheLastBatchAloneHas() throws Exception {
        running.append(0, running.batch("one"));
        running.append(0, running.batch("two"));
        running.log.close();
        crash();
        Path log = file(0, ".log");
        byte[] bytes = Files.readAllBytes(log);
        bytes[bytes.length / 2 + 13] ^= 1;
        Files.write(log, bytes);

        restart(running.log.recoveryPoint());

        assertThat(fixture.log.recovery().areEpochsRebuilt()).isFalse();
        assertThat(fixture.append("third").firstOffsets()).containsExactly(2);
    }

    @Test
    void reportsASegmentThatIsMissing() throws Exception {
        fill(0, 100);
        RecoveryPoint point = running.log.checkpoint();
        crash();
        Files.delete(file(point.segmentBaseOffset(), ".log"));

        restart(point);

        assertThat(fixture.log.recovery().quarantined())
                .extracting(QuarantinedRange::fromOffset, QuarantinedRange::toOffset)
                .containsExactly(tuple(point.segmentBaseOffset(), 100L));
        assertThat(fixture.append("next").firstOffsets()).containsExactly(100);
    }

    @Test
    void makesNoPointOfWhatWasCutMeanwhile() throws Exception {
        FaultyDirectory.Plan plan = new FaultyDirectory.Plan();
        try (LogFixture faulty = new LogFixture(
                new FaultyDirectory(DiskDirectory.open(root.resolve("other")), plan), LogFixture.SMALL)) {
            faulty.append("a", "b");
            faulty.append("c");
            plan.interruptForce(() -> faulty.log.truncateTo(2));

            assertThat(faulty.log.checkpoint().offset()).isZero();
            assertThat(faulty.log.checkpoint().offset()).isEqualTo(2);
            faulty.log.truncateTo(0);
            assertThat(faulty.log.recoveryPoint().offset()).isZero();
        }
    }

    @Test
    void failsWhenTheIndexesCannotBeForced() throws Exception {
        FaultyDirectory.Plan plan = new FaultyDirectory.Plan();
        try (LogFixture faulty = new LogFixture(
                new FaultyDirectory(DiskDirectory.open(root.resolve("other")), plan), LogFixture.SMALL)) {
            faulty.append("a");
            plan.fail(FaultyDirectory.Operation.FORCE, ".index", new IOException("EIO"));

            PartitionLogTest.assertRefused(() -> faulty.log.checkpoint(), ErrorCode.STORAGE_ERROR);

            assertThat(faulty.log.recoveryPoint().offset()).isZero();
            assertThat(faulty.log.outOfUse()).isNotNull();
        }
    }

    private int indexEntriesBefore(RecoveryPoint point, String suffix) throws Exception {
        byte[] bytes = Files.readAllBytes(file(point.segmentBaseOffset(), suffix));
        int entry = suffix.equals(".index") ? 8 : 12;
        int count = 0;
        for (int at = 0; at + entry <= bytes.length; at += entry) {
            int offset = ByteBuffer.wrap(bytes).getInt(at + entry - (entry == 8 ? 8 : 4));
            count += point.segmentBaseOffset() + offset < point.offset() ? 1 : 0;
        }
        return count;
    }

    private static List<String> with(List<String> values, String more) {
        List<String> all = new ArrayList<>(values);
        all.add(more);
        return all;
    }

    /** What the disk has now. */
    private void crash() throws Exception {
        Path target = Files.createDirectories(copy.resolve("orders-3"));
        try (Stream<Path> files = Files.list(root.resolve("orders-3"))) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private void restart(RecoveryPoint point) {
        fixture.point = point;
        fixture.openAgain();
    }

    private Path file(long baseOffset, String suffix) {
        return copy.resolve("orders-3").resolve(String.format("%020d", baseOffset) + suffix);
    }

    /** All of one size, so that all batches are. */
    private static String value(int number) {
        return String.format("value %03d", number);
    }

    private List<String> fill(int from, int to) {
        List<String> written = new ArrayList<>();
        for (int i = from; i < to; i++) {
            running.append(value(i));
            written.add(value(i));
        }
        return written;
    }
}

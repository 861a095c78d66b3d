package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.log.index.TimeIndex;
import io.penstock.core.log.segment.LogSegment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogRecoveryTest {

    @TempDir
    Path root;

    private LogFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = new LogFixture(DiskDirectory.open(root), LogFixture.SMALL);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void cutsATornTailWhereverTheWriteStopped() throws Exception {
        List<String> written = fill(45);
        SegmentExtent last = lastExtent();
        Path file = file(last.baseOffset(), ".log");
        fixture.log.close();
        byte[] whole = Files.readAllBytes(file);
        assertThat(last.nextOffset() - last.baseOffset())
                .as("batches in the last segment")
                .isGreaterThan(2);

        int batch = ByteBuffer.wrap(whole).getInt(8) + 12;
        for (int size = whole.length; size >= whole.length - 2 * batch; size--) {
            Files.write(file, Arrays.copyOf(whole, size));
            deleteSnapshots();

            fixture.openAgain();

            long end = fixture.log.snapshot().logEndOffset();
            int kept = lastExtent().sizeInBytes();
            assertThat(fixture.log.recovery().bytesCut()).isEqualTo(size - kept);
            assertThat(size - kept).as("no whole batch is cut").isLessThan(batch);
            assertThat(fixture.valuesFrom(0)).isEqualTo(written.subList(0, (int) end));
            fixture.append("next");
            assertThat(fixture.valuesFrom(end)).containsExactly("next");
            fixture.log.close();
        }
        fixture.openAgain();
    }

    @Test
    void cutsATailThatIsWholeButFilledWithSomethingElse() throws Exception {
        List<String> written = fill(5);
        Path file = file(0, ".log");
        fixture.log.close();
        byte[] whole = Files.readAllBytes(file);
        int batch = whole.length / 5;
        Random random = new Random(7);

        for (int i = 0; i < batch; i++) {
            byte[] damaged = whole.clone();
            damaged[4 * batch + i] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, damaged);
            deleteSnapshots();
            fixture.openAgain();
            // the epoch is stamped by each leader, and the base offset by each log: the checksum does not cover them
            boolean unguarded = i < 8 || i >= 12 && i < 16;
            if (!unguarded) {
                assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(4);
                assertThat(fixture.log.recovery().damage()).isNotEmpty();
                assertThat(fixture.valuesFrom(0)).isEqualTo(written.subList(0, 4));
            }
            fixture.log.close();
        }
        byte[] zeros = whole.clone();
        Arrays.fill(zeros, 3 * batch, zeros.length, (byte) 0);
        Files.write(file, zeros);
        deleteSnapshots();
        fixture.openAgain();
        assertThat(fixture.valuesFrom(0)).isEqualTo(written.subList(0, 3));
        assertThat(file).hasSize(3L * batch);
    }

    @ParameterizedTest
    @ValueSource(strings = {".index", ".timeindex"})
    void buildsIndexesAgainThatAreMissingOrWrong(String suffix) throws Exception {
        List<String> written = fill(100);
        List<SegmentExtent> extents = fixture.log.extents();
        fixture.log.close();
        List<byte[]> good = contents();
        List<UnaryOperator<byte[]>> damages = List.of(
                bytes -> null,
                bytes -> new byte[0],
                bytes -> Arrays.copyOf(bytes, Math.max(0, bytes.length - 1)),
                bytes -> Arrays.copyOf(bytes, bytes.length + 3),
                bytes -> new byte[bytes.length],
                bytes -> {
                    byte[] garbage = new byte[bytes.length];
                    new Random(1).nextBytes(garbage);
                    return garbage;
                },
                bytes -> reversed(bytes, suffix.equals(".index") ? 8 : 12));

        for (UnaryOperator<byte[]> damage : damages) {
            for (SegmentExtent extent : extents) {
                Path file = file(extent.baseOffset(), suffix);
                byte[] damaged = damage.apply(Files.readAllBytes(file));
                if (damaged == null) {
                    Files.delete(file);
                } else {
                    Files.write(file, damaged);
                }
            }

            fixture.openAgain();

            assertThat(fixture.log.extents()).isEqualTo(extents);
            assertThat(fixture.valuesFrom(0)).isEqualTo(written);
            for (int offset = 0; offset < 100; offset++) {
                assertThat(LogFixture.values(fixture.read(offset, 100, 1))).containsExactly(written.get(offset));
            }
            fixture.log.close();
            assertThat(contents()).usingRecursiveComparison().isEqualTo(good);
        }
        fixture.openAgain();
    }

    @Test
    void removesWhatIsLeftOver() throws Exception {
        fixture.append("a");
        fixture.log.close();
        List<Path> leftovers = Stream.of(
                        "00000000000000000001.index",
                        "00000000000000000001.timeindex",
                        "00000000000000000003.log.deleted",
                        "leader-epoch-checkpoint.tmp")
                .map(name -> root.resolve("orders-3").resolve(name))
                .toList();
        for (Path leftover : leftovers) {
            Files.writeString(leftover, "x");
        }
        Path foreign = Files.writeString(root.resolve("orders-3/notes.txt"), "not ours");

        fixture.openAgain();

        assertThat(leftovers).allSatisfy(leftover -> assertThat(leftover).doesNotExist());
        assertThat(foreign).exists();
        assertThat(fixture.valuesFrom(0)).containsExactly("a");
    }

    @Test
    void servesWhatIsAroundDamageInARolledSegmentThatTheHeadersTellOf() throws Exception {
        List<String> written = fill(100);
        fixture.log.close();
        fixture.point = fixture.log.recoveryPoint();
        Path file = file(0, ".log");
        byte[] bytes = Files.readAllBytes(file);
        int batch = ByteBuffer.wrap(bytes).getInt(8) + 12;
        bytes[2 * batch + 16] = 9;
        Files.write(file, bytes);

        fixture.openAgain();

        assertThat(fixture.log.recovery().quarantined())
                .extracting(QuarantinedRange::fromOffset, QuarantinedRange::toOffset, QuarantinedRange::bytes)
                .containsExactly(tuple(2L, 3L, batch));
        assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(100);
        assertThat(LogFixture.values(fixture.read(0, 100, LogFixture.ALL))).containsExactly("value 0", "value 1");
        assertThat(fixture.valuesFrom(2)).isEqualTo(written.subList(3, 100));
    }

    @Test
    void refusesToReadDamageThatCameWhileItWasOpen() throws Exception {
        fill(100);
        Path file = file(0, ".log");
        byte[] bytes = Files.readAllBytes(file);
        bytes[2 * (ByteBuffer.wrap(bytes).getInt(8) + 12) + 16] = 9;
        Files.write(file, bytes);

        assertThat(LogFixture.values(fixture.read(0, 100, LogFixture.ALL))).containsExactly("value 0", "value 1");
        PartitionLogTest.assertRefused(() -> fixture.read(2, 100, LogFixture.ALL), ErrorCode.CORRUPT_MESSAGE);
    }

    @Test
    void goesOnAfterAnEmptyLastSegment() throws Exception {
        List<String> written = fill(30);
        fixture.log.close();
        Files.createFile(file(30, ".log"));

        fixture.openAgain();

        assertThat(fixture.log.snapshot().logEndOffset()).isEqualTo(30);
        assertThat(fixture.valuesFrom(0)).isEqualTo(written);
        fixture.append("next");
        assertThat(fixture.valuesFrom(30)).containsExactly("next");
    }

    private static byte[] reversed(byte[] bytes, int entry) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i + entry <= bytes.length; i += entry) {
            System.arraycopy(bytes, i, reversed, bytes.length - entry - i, entry);
        }
        return reversed;
    }

    private List<byte[]> contents() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("orders-3"))) {
            return files.filter(file -> file.toString().endsWith("index"))
                    .sorted()
                    .map(LogRecoveryTest::readAll)
                    .toList();
        }
    }

    /** A crash that tears the log's end comes before a snapshot tells of it. */
    private void deleteSnapshots() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("orders-3"))) {
            for (Path snapshot :
                    files.filter(file -> file.toString().endsWith(".snapshot")).toList()) {
                Files.delete(snapshot);
            }
        }
    }

    private static byte[] readAll(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SegmentExtent lastExtent() {
        List<SegmentExtent> extents = fixture.log.extents();
        return extents.get(extents.size() - 1);
    }

    private Path file(long baseOffset, String suffix) {
        return root.resolve("orders-3").resolve(String.format("%020d", baseOffset) + suffix);
    }

    private List<String> fill(int count) {
        List<String> written = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fixture.append("value " + i);
            written.add("value " + i);
        }
        return written;
    }

    /** Or it may be there again after a power cut, beside a recovery point that says that nothing was lost. */
    @Test
    void anIndexWithoutItsLogFileIsGoneForGoodBeforeTheLogGoesOn() throws Exception {
        SimulatedDisk disk = new SimulatedDisk(1);
        try (LogFixture of = new LogFixture(disk.root(), LogFixture.SMALL)) {
            of.append("a", "b", "c");
            of.log.close();
            String orphan = LogSegment.fileName(1, TimeIndex.SUFFIX);
            of.partitionDirectory().open(orphan).close();
            of.openAgain();
            List<String> history = disk.history();
            int deleted = history.indexOf("DELETE " + LogFixture.PARTITION + "/" + orphan);
            assertThat(deleted).isPositive();
            assertThat(history.subList(deleted, history.size())).contains("FORCE_DIRECTORY " + LogFixture.PARTITION);
        }
    }
}

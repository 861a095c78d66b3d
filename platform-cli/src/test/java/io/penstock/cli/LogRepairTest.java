package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.core.log.LogSettings;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.PartitionOffsetFile;
import io.penstock.core.log.RecoveryPoint;
import io.penstock.core.log.RecoveryPointFile;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.model.TimestampType;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.TestBatches;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code log verify} and {@code log repair}, on a data directory that was stopped in good order and then damaged. */
class LogRepairTest {

    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    private static final TopicPartition OTHERS = new TopicPartition("others", 3);
    private static final UUID TOPIC_ID = new UUID(1, 2);
    private static final int BATCHES = 60;

    @TempDir
    private Path data = Path.of("");

    private Path partition = Path.of("");

    @BeforeEach
    void writeLogs() throws IOException {
        LogDirectory directory = DiskDirectory.open(data);
        Map<TopicPartition, RecoveryPoint> ends =
                Map.of(ORDERS, write(directory, ORDERS), OTHERS, write(directory, OTHERS));
        RecoveryPointFile.RECOVERY_POINTS.write(directory, ends);
        RecoveryPointFile.CLEAN_SHUTDOWN.write(directory, ends);
        Files.writeString(data.resolve("meta.properties"), "version=1\nbroker.id=0\ncluster.id=c\n");
        Files.createFile(data.resolve(".lock"));
        partition = data.resolve(ORDERS.toString());
    }

    private static RecoveryPoint write(LogDirectory directory, TopicPartition partition) {
        PartitionLog log =
                PartitionLog.open(directory, partition, TOPIC_ID, LogSettings.DEFAULTS.withSegmentBytes(40_000), 0);
        for (int i = 0; i < BATCHES; i++) {
            ByteBuf batch = TestBatches.ofSize(3, 500);
            try {
                log.append(List.of(batch), 5, TestBatches.FIRST_TIMESTAMP + i, TimestampType.LOG_APPEND_TIME);
            } finally {
                batch.release();
            }
        }
        log.close();
        return log.recoveryPoint();
    }

    @Test
    void findsNothingInAnIntactDirectoryAndHasNothingToRepair() {
        CommandRun run = log("verify", data);

        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("orders-0  ", "others-3  ", "next offset 180", "2 partitions, ", "no damage");
        assertThat(run.exitCode()).isZero();
        assertThat(log("repair", data).out()).contains("nothing to repair");
    }

    @Test
    void findsDamageThatAStartDoesNotLookAtAndSetsItAsideOnlyWhenTold() throws IOException {
        Path first = logs().get(0);
        flip(first, 20_000);
        Map<String, Integer> before = contents();

        CommandRun verify = log("verify", data);
        CommandRun rehearsal = log("repair", data);

        assertThat(verify.exitCode()).isEqualTo(1);
        assertThat(verify.out())
                .containsPattern("DAMAGED 0{20}\\.log at byte 1\\d{4}: its checksum is wrong")
                .containsPattern("may be lost: offsets \\d+ to \\d+, ")
                .contains("does not read it", "1 defect, ");
        assertThat(rehearsal.exitCode()).isEqualTo(2);
        assertThat(rehearsal.out()).contains("to .quarantine: ");
        assertThat(rehearsal.err()).contains("nothing was changed");
        assertThat(contents()).as("not a byte was changed").isEqualTo(before);

        CommandRun repair = log("repair", data, "--change-files");

        assertThat(repair.exitCode()).as(repair.out()).isZero();
        assertThat(partition.resolve(".quarantine")).isDirectoryContaining("glob:**.report");
        assertThat(log("verify", data).out()).contains("no damage");
        assertThat(data.resolve(".clean-shutdown")).doesNotExist();
        assertThat(opened().recovery().isUneventful()).isTrue();
    }

    @Test
    void tellsThatTheStartSetsALostEndAsideAndDoesTheSame() throws IOException {
        List<Path> logs = logs();
        Path last = logs.get(logs.size() - 1);
        try (RandomAccessFile file = new RandomAccessFile(last.toFile(), "rw")) {
            file.setLength(file.length() - 10);
        }

        CommandRun verify = log("verify", partition);

        assertThat(verify.exitCode()).isEqualTo(1);
        assertThat(verify.out()).contains("may be lost: offsets 177 to 179", "sets it aside in .quarantine");
        assertThat(log("repair", partition, "--change-files").exitCode()).isZero();
        assertThat(opened().snapshot().logEndOffset())
                .as("no offset is used twice")
                .isEqualTo(180);
    }

    @Test
    void cutsATornEnd() throws IOException {
        List<Path> logs = logs();
        Files.write(logs.get(logs.size() - 1), new byte[20], StandardOpenOption.APPEND);

        assertThat(log("verify", data).out()).contains("only 20 bytes of a header", "the broker's next start cuts it");
        assertThat(log("repair", data, "--change-files").out()).contains("cut: 20 bytes");
        assertThat(log("verify", data).exitCode()).isZero();
    }

    @Test
    void setsAsideWhatItCutsWhereNoRecoveryPointTellsItFromDamage() throws IOException {
        Files.delete(data.resolve(".clean-shutdown"));
        Files.delete(data.resolve("recovery-points"));
        List<Path> logs = logs();
        Path last = logs.get(logs.size() - 1);
        byte[] before = Files.readAllBytes(last);
        flip(last, 5000);
        byte[] damaged = Files.readAllBytes(last);

        assertThat(log("repair", data).out()).contains("to .quarantine: ");
        assertThat(log("repair", data, "--change-files").exitCode()).isZero();

        int kept = (int) Files.size(last);
        assertThat(kept).isLessThan(before.length);
        try (Stream<Path> aside = Files.list(partition.resolve(".quarantine"))) {
            Path copy = aside.filter(file -> file.toString().endsWith(".log"))
                    .findFirst()
                    .orElseThrow();
            assertThat(Files.readAllBytes(copy)).isEqualTo(Arrays.copyOfRange(damaged, kept, damaged.length));
        }
        assertThat(log("verify", data).exitCode()).isZero();
    }

    @Test
    void tellsThatTheStartDeletesWhatIsBeforeTheLogsNotedStart() throws IOException {
        flip(logs().get(0), 20_000);
        PartitionOffsetFile.LOG_START_OFFSETS.write(DiskDirectory.open(data), Map.of(ORDERS, 179L));

        assertThat(log("verify", data).out())
                .contains("the broker's next start deletes it with its segment: the log begins with offset 179");
        assertThat(logs().get(0)).as("nothing was changed").exists();
    }

    @Test
    void buildsAgainWhatIsMadeFromTheBatches() throws IOException {
        Path index = first(".index");
        try (RandomAccessFile file = new RandomAccessFile(index.toFile(), "rw")) {
            file.seek(4);
            int position = file.readInt();
            file.seek(4);
            file.writeInt(position + 1);
        }
        byte[] epochs = Files.readAllBytes(partition.resolve("leader-epoch-checkpoint"));
        Files.writeString(partition.resolve("leader-epoch-checkpoint"), "0\n1\n4 0\n");
        Files.delete(partition.resolve("leader-epochs"));

        CommandRun verify = log("verify", data);

        assertThat(verify.out())
                .contains(
                        "no batch begins at position",
                        "does not notice it",
                        "offset 0 is of leader epoch 5",
                        "builds it again from the batches");
        CommandRun repair = log("repair", data, "--change-files");
        assertThat(repair.exitCode()).as(repair.out()).isZero();
        assertThat(repair.out())
                .contains("built again: " + index.getFileName(), "built again: leader-epoch-checkpoint");
        assertThat(Files.readAllBytes(partition.resolve("leader-epoch-checkpoint")))
                .isEqualTo(epochs);
    }

    @Test
    void findsAClosedSegmentThatWasCutBetweenTwoBatches() throws IOException {
        Path first = logs().get(0);
        byte[] bytes = Files.readAllBytes(first);
        int batch = bytes.length / (offsetsOf(logs().get(1)) / 3);
        Files.write(first, Arrays.copyOf(bytes, bytes.length - batch));
        Files.delete(first(".index"));
        Files.delete(first(".timeindex"));

        CommandRun verify = log("verify", data);

        assertThat(verify.out()).contains("and the next segment begins with", "it is missing");
        assertThat(log("repair", data, "--change-files").exitCode()).isZero();
        assertThat(log("verify", data).exitCode()).isZero();
    }

    @Test
    void saysWhatIsMissingWhenAllSegmentsAreGone() throws IOException {
        for (Path log : logs()) {
            Files.delete(log);
        }

        CommandRun byPoint = log("verify", data);
        Files.delete(data.resolve(".clean-shutdown"));
        Files.delete(data.resolve("recovery-points"));
        CommandRun byTheRest = log("verify", data);

        for (CommandRun run : List.of(byPoint, byTheRest)) {
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.out())
                    .contains("all other segments are missing", "may be lost: offsets 0 to 179")
                    .contains("the broker's next start notes the loss in .quarantine and goes on behind it");
        }
        assertThat(log("repair", data, "--change-files").exitCode()).isZero();
        assertThat(log("verify", data).out()).contains("no damage");
        assertThat(openedWithoutPoint().snapshot().logEndOffset()).isEqualTo(180);
    }

    @Test
    void saysWhatIsMissingWhenTheNewestSegmentsAreGone() throws IOException {
        List<Path> logs = logs();
        Files.delete(logs.get(logs.size() - 1));
        Files.delete(data.resolve(".clean-shutdown"));
        Files.delete(data.resolve("recovery-points"));

        CommandRun verify = log("verify", data);

        assertThat(verify.exitCode()).isEqualTo(1);
        assertThat(verify.out())
                .contains("the file ends here, and more was known to be on the device, of which ")
                .contains("may be lost: offsets " + offsetsOf(logs.get(logs.size() - 1)) + " to 179");
    }

    @Test
    void saysWhatIsMissingWhenADirectoryIsGone() throws IOException {
        try (Stream<Path> files = Files.walk(partition)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }

        CommandRun verify = log("verify", data);

        assertThat(verify.exitCode()).isEqualTo(1);
        assertThat(verify.out())
                .contains("DAMAGED orders-0", "there is no such directory", "may be lost: offsets 0 to 179")
                .contains("1 defect, 180 offsets");
        assertThat(log("repair", data, "--change-files").exitCode()).isEqualTo(1);
    }

    @Test
    void keepsTheBatchesBehindADamagedOne() throws IOException {
        flip(logs().get(0), 20_000);

        CommandRun repair = log("repair", data, "--change-files");

        assertThat(repair.out())
                .containsPattern("to .quarantine: [\\d,]+ bytes from byte \\d+ of segment 0, offsets 36 to 38");
        PartitionLog log = opened();
        long offsets = log.extents().stream()
                .mapToLong(extent -> extent.nextOffset() - extent.baseOffset())
                .sum();
        assertThat(offsets).as("without the damaged batch").isEqualTo(177);
    }

    @Test
    void findsDamagedSideFiles() throws IOException {
        Files.writeString(data.resolve(".clean-shutdown"), "0\n");
        Files.writeString(data.resolve("meta.properties"), "version=1\n");

        CommandRun run = log("verify", data);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out())
                .contains(
                        "DAMAGED .clean-shutdown: ",
                        "DAMAGED meta.properties: it has no line that begins with broker.id=");
    }

    @Test
    void refusesADirectoryWithABrokerAndWhatIsNone() {
        Path running = data.resolve("running");
        try (BrokerFixture broker = new BrokerFixture(running)) {
            assertThat(broker.address()).isNotEmpty();
            assertThat(log("verify", running).err()).contains("a broker, or another tool, is at work in");
            assertThat(log("repair", running, "--change-files").exitCode()).isEqualTo(1);
        }
        assertThat(log("verify", running).out()).contains("__cluster_metadata-0  ", "no damage");
        assertThat(log("verify", partition.resolve("nothing")).err()).contains("there is no ");
    }

    private PartitionLog opened() throws IOException {
        LogDirectory directory = DiskDirectory.open(data);
        RecoveryPoint point =
                RecoveryPointFile.RECOVERY_POINTS.read(directory).orElseThrow().get(ORDERS);
        PartitionLog log = PartitionLog.open(directory, ORDERS, TOPIC_ID, LogSettings.DEFAULTS, point, 0);
        log.close();
        return log;
    }

    private PartitionLog openedWithoutPoint() throws IOException {
        PartitionLog log = PartitionLog.open(DiskDirectory.open(data), ORDERS, TOPIC_ID, LogSettings.DEFAULTS, 0);
        log.close();
        return log;
    }

    private static CommandRun log(String command, Path directory, String... more) {
        return CommandRun.of(Stream.concat(Stream.of("log", command, directory.toString()), Stream.of(more))
                .toArray(String[]::new));
    }

    private Map<String, Integer> contents() throws IOException {
        Map<String, Integer> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.toList()) {
                contents.put(
                        file + " " + Files.getLastModifiedTime(file),
                        Files.isDirectory(file) ? 0 : Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return contents;
    }

    private List<Path> logs() throws IOException {
        return files(".log");
    }

    private Path first(String suffix) throws IOException {
        return files(suffix).get(0);
    }

    private List<Path> files(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(partition)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    private static int offsetsOf(Path next) {
        return Integer.parseInt(next.getFileName().toString().substring(0, 20));
    }

    private static void flip(Path path, long position) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(position);
            int value = file.read();
            file.seek(position);
            file.write(value ^ 1);
        }
    }
}

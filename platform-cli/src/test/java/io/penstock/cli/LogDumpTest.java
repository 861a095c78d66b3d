package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.core.compression.Compression;
import io.penstock.core.log.LogSettings;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.model.TimestampType;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.TestBatches;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogDumpTest {

    private static final String FIRST = "00000000000000000000";
    private static final int SEGMENT_BYTES = 4096;
    private static final int INDEX_INTERVAL_BYTES = 256;

    @TempDir
    private Path data = Path.of("");

    private Path partition;

    @BeforeEach
    void writeALog() throws IOException {
        LogSettings settings =
                LogSettings.DEFAULTS.withSegmentBytes(SEGMENT_BYTES).withIndexIntervalBytes(INDEX_INTERVAL_BYTES);
        try (PartitionLog log = PartitionLog.open(
                DiskDirectory.open(data), new TopicPartition("orders", 0), new UUID(1, 2), settings, 0)) {
            append(log, TestBatches.of("alpha", "beta"));
            append(log, TestBatches.of(Compression.ZSTD, "gamma", "gamma".repeat(100)));
            for (int i = 0; i < 20; i++) {
                append(log, TestBatches.ofSize(3, 100));
            }
            log.flush();
        }
        partition = data.resolve("orders-0");
    }

    private static void append(PartitionLog log, ByteBuf batch) {
        try {
            log.append(List.of(batch), 5, TestBatches.FIRST_TIMESTAMP, TimestampType.CREATE_TIME);
        } finally {
            batch.release();
        }
    }

    @Test
    void printsEveryBatchOfEverySegmentAndEveryIndexEntry() throws IOException {
        CommandRun run = dump(partition.toString());

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(files(".log")).hasSizeGreaterThan(1);
        assertThat(run.out().lines().filter(line -> line.startsWith("  offsets ")))
                .hasSize(22);
        assertThat(run.out())
                .contains("  offsets 0..1  records 2  position 0  size ")
                .contains("created 2023-11-14T22:13:20.001Z  none  epoch 5")
                .contains("zstd")
                .contains("next offset 64")
                .containsPattern("\n  offset \\d+  position \\d+\n")
                .containsPattern("\n  timestamp \\d{13} \\(2023");
    }

    @Test
    void printsRecordsWhenAsked() {
        CommandRun run = dump("--records", partition.resolve(FIRST + ".log").toString());

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("    0  2023-11-14T22:13:20Z  key null  value \"alpha\"")
                .contains("    2  2023-11-14T22:13:20Z  key null  value \"gamma\"");
    }

    @Test
    void findsNothingWrongWithAnIntactLog() {
        CommandRun run = dump("--verify", partition.toString());

        assertThat(run.out()).doesNotContain("DAMAGED");
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void findsAFlippedBitAndReadsOn() throws IOException {
        flip(partition.resolve(FIRST + ".log"), 70);

        CommandRun run = dump("--verify", partition.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("is damaged in 1 place");
        assertThat(run.out()).contains("DAMAGED " + FIRST + ".log at byte 0: ").contains("next offset 64");
    }

    @Test
    void tellsATornTail() throws IOException {
        Path last = files(".log").get(files(".log").size() - 1);
        Files.write(last, new byte[20], StandardOpenOption.APPEND);

        CommandRun run = dump(last.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("the file ends within a batch's header: 20 bytes");
    }

    @Test
    void stopsAtALengthThatCannotBe() throws IOException {
        Path first = partition.resolve(FIRST + ".log");
        try (RandomAccessFile file = new RandomAccessFile(first.toFile(), "rw")) {
            file.seek(8);
            file.writeInt(Integer.MAX_VALUE);
        }

        CommandRun run = dump(first.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("at byte 0: a batch's length can't be");
    }

    @Test
    void findsAnIndexEntryThatPointsBesideABatch() throws IOException {
        Path index = partition.resolve(FIRST + ".index");
        try (RandomAccessFile file = new RandomAccessFile(index.toFile(), "rw")) {
            file.seek(4);
            int position = file.readInt();
            file.seek(4);
            file.writeInt(position + 1);
        }

        CommandRun run = dump("--verify", index.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("DAMAGED " + FIRST + ".index at byte 0: no batch begins at position");
        assertThat(dump(index.toString()).exitCode())
                .as("without --verify it only prints")
                .isZero();
    }

    @Test
    void findsTimesThatDoNotAscend() throws IOException {
        Path index = partition.resolve(FIRST + ".timeindex");
        byte[] entry = Files.readAllBytes(index);
        assertThat(entry.length).isGreaterThanOrEqualTo(12);
        Files.write(index, new byte[12], StandardOpenOption.APPEND);

        CommandRun run = dump("--verify", index.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("the entry does not ascend");
    }

    @Test
    void printsSideFilesAndFindsTheirDamage() throws IOException {
        assertThat(dump(partition.toString()).out()).contains("  version: 0\n", "  5 0\n");
        Path points = data.resolve("recovery-points");
        Files.writeString(points, "0\norders 0 64 0 0\ncrc32c 00000000\n");

        CommandRun run = dump(points.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out())
                .contains("  orders 0 64 0 0\n", "DAMAGED recovery-points at byte 0: its last line is not");
    }

    @Test
    void saysWhatItTakes() throws IOException {
        assertThat(dump(data.resolve("nothing").toString()).err()).contains("there is no ");
        assertThat(dump(data.toString()).err()).contains("name a data directory");
        assertThat(dump(Files.writeString(data.resolve("other"), "").toString()).err())
                .contains("20 digits");
    }

    private static CommandRun dump(String... arguments) {
        return CommandRun.of(
                Stream.concat(Stream.of("log", "dump"), Stream.of(arguments)).toArray(String[]::new));
    }

    private List<Path> files(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(partition)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .toList();
        }
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

package io.penstock.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogSettings;
import io.penstock.core.log.PartitionLog;
import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.model.TimestampType;
import io.penstock.core.model.TopicPartition;
import io.penstock.server.storage.Partition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * How long a start takes that finds as much behind each recovery point as can be: partitions of 60 MiB of which no point is known,
 * opened as a broker does, once with files that the page cache was asked to forget, and again when it has them.
 *
 * <pre>
 * RecoveryTime DIRECTORY [partitions [MiB of each]]
 * </pre>
 *
 * The directory must be empty. {@code dd} is what asks the page cache, which needs no rights; what other caches there are below it,
 * as a virtual machine's host has them, nobody asks.
 */
public final class RecoveryTime {

    private static final long SPACE_TO_LEAVE = 20L << 30;
    private static final int RECORDS_A_BATCH = 16;
    private static final int FORCES = 16;
    private static final int OPEN_FILES = 2048;

    private final Path root;
    private final int partitions;
    private final long bytesOfEach;

    private RecoveryTime(Path root, int partitions, long bytesOfEach) {
        this.root = root;
        this.partitions = partitions;
        this.bytesOfEach = bytesOfEach;
    }

    /** Prints a line for each start. */
    public static void main(String[] args) throws Exception {
        new RecoveryTime(
                        Files.createDirectories(Path.of(args[0])),
                        args.length > 1 ? Integer.parseInt(args[1]) : 200,
                        (args.length > 2 ? Long.parseLong(args[2]) : 60) << 20)
                .run();
    }

    private void run() throws Exception {
        ensureRoom();
        fill();
        boolean isForgotten = forget();
        start(isForgotten ? "page cache asked to forget" : "page cache as it is, there is no dd");
        start("page cache has what fits of it");
    }

    private void ensureRoom() throws IOException {
        long room = Files.getFileStore(root).getUsableSpace();
        if (room - partitions * bytesOfEach < SPACE_TO_LEAVE) {
            throw new IllegalArgumentException(
                    partitions + " partitions of " + (bytesOfEach >> 20) + " MiB would leave less than "
                            + (SPACE_TO_LEAVE >> 30) + " GiB of the " + (room >> 30) + " GiB that are free in " + root);
        }
    }

    private void fill() throws IOException {
        LogDirectory directory = DiskDirectory.open(root);
        ByteBuf batch = Unpooled.directBuffer().writeBytes(MeasuredStorage.batchOf(RECORDS_A_BATCH));
        for (int number = 0; number < partitions; number++) {
            PartitionLog log = PartitionLog.open(
                    directory,
                    new TopicPartition(MeasuredStorage.TOPIC, number),
                    MeasuredStorage.TOPIC_ID,
                    LogSettings.DEFAULTS,
                    System.currentTimeMillis());
            while (log.sizeInBytes() + batch.readableBytes() <= bytesOfEach) {
                log.append(List.of(batch), 0, System.currentTimeMillis(), TimestampType.CREATE_TIME);
            }
            // so that the page cache can forget it; and then as a kill leaves it
            log.flush();
            log.giveUp(new PenstockException(ErrorCode.STORAGE_ERROR, "killed"));
            log.close();
        }
        batch.release();
    }

    private boolean forget() throws IOException, InterruptedException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                int exit = new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0", "status=none")
                        .inheritIO()
                        .start()
                        .waitFor();
                if (exit != 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            System.err.println("dd can't be run: " + e);
            return false;
        }
    }

    private void start(String how) throws Exception {
        MeasuredStorage storage = new MeasuredStorage(root, "replicated", partitions, FORCES, OPEN_FILES);
        double millis = storage.openAll();
        long scanned = storage.partitions().stream()
                .map(Partition::log)
                .mapToLong(log -> log.recovery().bytesScanned())
                .sum();
        storage.kill();
        System.out.printf(
                "%d partitions of %d MiB, %s: %.1f s, %d MiB read with their checksums, %.0f MiB/s%n",
                partitions, bytesOfEach >> 20, how, millis / 1000, scanned >> 20, (scanned >> 20) / (millis / 1000));
    }
}

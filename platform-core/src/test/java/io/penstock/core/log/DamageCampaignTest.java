package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogTrial.Tracked;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.record.Batches;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Damages closed files of every kind in every way: a flipped bit, a block of zeros, an end cut off. Whatever the log
 * serves afterwards, to a reader that looks at checksums as clients do, is what was appended, at its offset; where it
 * can't, it says so. The other partition serves on. {@code -Dpenstock.disk.seed=} for other damages.
 */
class DamageCampaignTest {

    private static final int DAMAGES = 1000;

    private enum Kind {
        FLIPPED_BIT,
        ZEROED_BLOCK,
        TRUNCATION
    }

    private Map<String, byte[]> image = Map.of();
    private final Map<String, RecoveryPoint> points = new HashMap<>();
    private LogModel damagedModel = new LogModel();
    private LogModel otherModel = new LogModel();

    @Test
    void noDamageOfAFileReachesAReader() throws Exception {
        writeImage();
        List<String> files = image.keySet().stream()
                .filter(path -> path.startsWith("orders-0/") && image.get(path).length > 0)
                .toList();
        assertThat(files).anyMatch(path -> path.endsWith("leader-epoch-checkpoint"));
        assertThat(files.stream().filter(path -> path.endsWith(".log"))).hasSizeGreaterThan(4);
        Random random = new Random(Long.getLong("penstock.disk.seed", 1));
        Map<String, Integer> outcomes = new TreeMap<>();
        int tried = 0;
        for (int i = 0; tried < DAMAGES; i++) {
            String file = files.get(i % files.size());
            Kind kind = Kind.values()[random.nextInt(3)];
            byte[] good = image.get(file);
            byte[] bad = good.clone();
            int at = random.nextInt(good.length);
            switch (kind) {
                case FLIPPED_BIT -> bad[at] ^= (byte) (1 << random.nextInt(8));
                case ZEROED_BLOCK -> {
                    int block = at / SimulatedDisk.BLOCK_BYTES * SimulatedDisk.BLOCK_BYTES;
                    Arrays.fill(bad, block, Math.min(bad.length, block + SimulatedDisk.BLOCK_BYTES), (byte) 0);
                }
                case TRUNCATION -> bad = Arrays.copyOf(good, at);
            }
            if (Arrays.equals(good, bad)) {
                continue;
            }
            if (kind == Kind.TRUNCATION && isLastSegment(file, files) && endsABatch(file, at)
                    || kind == Kind.FLIPPED_BIT && file.endsWith(".log") && isUnguarded(file, at)) {
                continue; // not counted: nothing in the file can tell
            }
            tried++;
            try {
                String suffix = file.substring(file.lastIndexOf(file.contains(".") ? '.' : '/') + 1);
                outcomes.merge(
                        kind + " of " + suffix + ": " + outcomeOf(file, bad, i, random.nextBoolean()), 1, Integer::sum);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("damage " + i + ", " + kind + " at " + at + " of " + file + ": " + e, e);
            }
        }
        outcomes.forEach((outcome, count) -> System.out.println(count + " times " + outcome));
        assertThat(outcomes.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(DAMAGES);
    }

    /** Whether it is in a base offset or a leader epoch, which are stamped on batches by those who store them. */
    private boolean isUnguarded(String file, int at) {
        long base = Long.parseLong(file.substring(file.length() - 24, file.length() - 4));
        int position = 0;
        for (LogModel.Entry entry : damagedModel.entries) {
            if (entry.baseOffset() >= base) {
                int index = at - position;
                if (index < entry.bytes().length) {
                    return index < 8 || index >= 12 && index < 16;
                }
                position += entry.bytes().length;
            }
        }
        throw new AssertionError(at + " is behind the end of " + file);
    }

    private static boolean isLastSegment(String file, List<String> files) {
        return file.equals(files.stream()
                .filter(path -> path.endsWith(".log"))
                .reduce((one, other) -> other)
                .orElseThrow());
    }

    /** Whether a cut takes whole batches off a file, which only a recovery point can tell from the end of the log. */
    private boolean endsABatch(String file, int at) {
        long base = Long.parseLong(file.substring(file.length() - 24, file.length() - 4));
        int position = 0;
        for (LogModel.Entry entry : damagedModel.entries) {
            if (entry.baseOffset() >= base) {
                if (position == at) {
                    return true;
                }
                position += entry.bytes().length;
            }
        }
        return false;
    }

    /** Every rolled segment is cut between any two of its batches. */
    @Test
    void noticesASegmentThatWasCutBetweenTwoBatches() throws Exception {
        writeImage();
        List<String> segments = image.keySet().stream()
                .filter(path -> path.startsWith("orders-0/") && path.endsWith(".log"))
                .toList();
        int cuts = 0;
        for (String file : segments.subList(0, segments.size() - 1)) {
            byte[] good = image.get(file);
            for (int at = 0; at < good.length; at++) {
                if (endsABatch(file, at)) {
                    for (boolean isClean : new boolean[] {true, false}) {
                        assertThat(outcomeOf(file, Arrays.copyOf(good, at), cuts, isClean))
                                .as("a cut at %s of %s", at, file)
                                .isEqualTo("set aside, and recovery told");
                    }
                    cuts++;
                }
            }
        }
        assertThat(cuts).isGreaterThan(10);
    }

    private void writeImage() throws Exception {
        LogTrial trial = new LogTrial(start -> {
            for (String topic : new String[] {"orders", "payments"}) {
                Tracked log = start.log(topic);
                for (int i = 0; i < 15; i++) {
                    log.append(3, i / 5);
                }
                log.log().close();
                points.put(topic, log.log().recoveryPoint());
            }
            damagedModel = start.log("orders").model;
            otherModel = start.log("payments").model;
        });
        SimulatedDisk disk = new SimulatedDisk(1);
        trial.run(disk);
        image = disk.image();
    }

    /** @param isClean whether the broker knows that it stopped, so that nothing is read when the logs are opened */
    private String outcomeOf(String file, byte[] bad, int seed, boolean isClean) {
        Map<String, byte[]> damaged = new TreeMap<>(image);
        damaged.put(file, bad);
        SimulatedDisk disk = SimulatedDisk.of(seed, damaged);
        try (PartitionLog other = open(disk, "payments", isClean)) {
            assertThat(read(other, otherModel)).as("the other partition").isEqualTo("all");
        }
        try (PartitionLog log = open(disk, "orders", isClean)) {
            String outcome = read(log, damagedModel);
            return outcome + (log.recovery().isUneventful() ? "" : ", and recovery told");
        } catch (PenstockException e) {
            assertThat(e.code()).isIn(ErrorCode.STORAGE_ERROR, ErrorCode.INCONSISTENT_TOPIC_ID);
            return "not opened";
        }
    }

    private PartitionLog open(SimulatedDisk disk, String topic, boolean isClean) {
        return PartitionLog.open(
                disk.root(),
                new TopicPartition(topic, 0),
                new UUID(7, 1),
                LogTrial.SETTINGS,
                isClean ? points.get(topic) : RecoveryPoint.UNKNOWN,
                LogFixture.NOW);
    }

    /** Reads all there is, from each batch on that a reader may come to, and goes on behind what is damaged. */
    private static String read(PartitionLog log, LogModel model) {
        List<LogModel.Entry> missing = new ArrayList<>(model.entries);
        List<String> refusals = new ArrayList<>();
        long end = log.snapshot().logEndOffset();
        boolean skips = !log.recovery().quarantined().isEmpty();
        assertThat(end).isLessThanOrEqualTo(model.end());
        for (LogModel.Entry entry : model.entries) {
            if (entry.baseOffset() >= end) {
                break;
            }
            try (LogReader reader = log.newReader()) {
                LogSlice slice = reader.read(entry.baseOffset(), end, 1000, LogModel.ALLOCATOR, 0);
                if (slice != null) {
                    accept(slice, skips ? -1 : entry.baseOffset(), model, missing, refusals);
                }
            } catch (PenstockException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_MESSAGE);
                refusals.add("refused");
            }
        }
        if (missing.isEmpty()) {
            return "all";
        }
        if (!log.recovery().quarantined().isEmpty()) {
            return "set aside";
        }
        if (end < model.end()) {
            assertThat(log.recovery().bytesCut())
                    .as("bytes cut, as recovery tells")
                    .isPositive();
            return "cut";
        }
        assertThat(refusals)
                .as("what a reader was told of %s, after %s", log.extents(), log.recovery())
                .isNotEmpty();
        return "refused";
    }

    /**
     * As a client does: looks at the checksum of each batch, and stops at the first that is wrong.
     *
     * @param asked -1 if offsets may be missing, because what had them was set aside
     */
    private static void accept(
            LogSlice slice, long asked, LogModel model, List<LogModel.Entry> missing, List<String> refusals) {
        ByteBuf buffer = slice.buffer();
        try {
            if (asked >= 0) {
                assertThat(slice.firstOffset())
                        .as("first offset where %s was asked for", asked)
                        .isEqualTo(asked);
            }
            Batches batches = new Batches(buffer);
            while (batches.next()) {
                if (!batches.batch().isCrcValid()) {
                    refusals.add("checksum");
                    return;
                }
                long offset = batches.batch().baseOffset();
                LogModel.Entry expected = model.entries.stream()
                        .filter(entry -> entry.baseOffset() == offset)
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("nothing was appended at " + offset));
                byte[] bytes = new byte[batches.batch().sizeInBytes()];
                buffer.getBytes(batches.batch().index(), bytes);
                assertThat(bytes).as("the batch at offset %s", offset).isEqualTo(expected.bytes());
                missing.remove(expected);
            }
        } finally {
            buffer.release();
        }
    }
}

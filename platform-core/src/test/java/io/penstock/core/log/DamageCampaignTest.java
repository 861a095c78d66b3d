package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogTrial.Tracked;
import io.penstock.core.log.file.FileDamage;
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
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * Damages the files of a closed log in every way, at random places: those that it has always, and those that earlier damage left in
 * its quarantine. Whatever the log serves afterwards, to a reader that looks at checksums as clients do, is what was appended, at
 * its offset and of its leader epoch; where it can't, it says so. The other partition serves on. {@code
 * -Dpenstock.disk.seed=} for other damages, {@code -Dpenstock.damages=} for more.
 */
class DamageCampaignTest {

    private static final int DAMAGES = Integer.getInteger("penstock.damages", 1000);

    private Map<String, byte[]> image = Map.of();
    private final Map<String, RecoveryPoint> points = new HashMap<>();
    private LogModel damagedModel = new LogModel();
    private LogModel otherModel = new LogModel();
    private boolean hasGap;

    @Test
    void noDamageOfAFileReachesAReader() throws Exception {
        writeImage();
        List<String> files = files(path -> !path.contains(Quarantine.DIRECTORY));
        assertThat(files.stream().map(DamageCampaignTest::kindOf).distinct())
                .containsExactlyInAnyOrder(
                        "log",
                        "index",
                        "timeindex",
                        "snapshot",
                        "metadata",
                        "leader-epochs",
                        "leader-epoch-checkpoint");
        assertThat(files.stream().filter(path -> path.endsWith(".log"))).hasSizeGreaterThan(4);
        assertThat(campaign(files, DAMAGES).keySet())
                .as("what may become of damage to each kind of file")
                .isSubsetOf(
                        "log: all",
                        "log: all, and recovery told",
                        "log: cut, and recovery told",
                        "log: refused",
                        "log: set aside, and recovery told",
                        "index: all",
                        "index: all, and recovery told",
                        "timeindex: all",
                        "timeindex: all, and recovery told",
                        "snapshot: all",
                        "leader-epochs: all, and recovery told",
                        "leader-epoch-checkpoint: all",
                        "metadata: all",
                        "metadata: not opened");
    }

    /** What is there is never read to serve anything: a damaged report only lets the gap be reported again. */
    @Test
    void noDamageInTheQuarantineReachesAReader() throws Exception {
        writeImage();
        setABatchAside();
        List<String> files = files(path -> path.contains(Quarantine.DIRECTORY));
        assertThat(files.stream().map(DamageCampaignTest::kindOf).distinct())
                .containsExactlyInAnyOrder("log", "report");
        assertThat(campaign(files, DAMAGES / 10)).containsOnlyKeys("log: all", "report: all, and recovery told");
    }

    private List<String> files(Predicate<String> wanted) {
        return image.keySet().stream()
                .filter(path -> path.startsWith("orders-0/") && image.get(path).length > 0 && wanted.test(path))
                .toList();
    }

    /** How often which kind of file came to which end. */
    private Map<String, Integer> campaign(List<String> files, int damages) {
        Random random = new Random(Long.getLong("penstock.disk.seed", 1));
        Map<String, Integer> outcomes = new TreeMap<>();
        List<String> kinds =
                files.stream().map(DamageCampaignTest::kindOf).distinct().toList();
        int tried = 0;
        for (int i = 0; tried < damages; i++) {
            String kind = kinds.get(i % kinds.size());
            List<String> ofKind =
                    files.stream().filter(path -> kindOf(path).equals(kind)).toList();
            String file = ofKind.get(random.nextInt(ofKind.size()));
            byte[] good = image.get(file);
            FileDamage damage = FileDamage.any(random);
            byte[] bad = damage.of(good, random);
            boolean isClean = random.nextBoolean();
            if (Arrays.equals(good, bad)) {
                continue;
            }
            tried++;
            try {
                outcomes.merge(kind + ": " + outcomeOf(file, bad, i, isClean), 1, Integer::sum);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "damage " + i + ", " + damage + " of " + file + " from " + Arrays.mismatch(good, bad) + " on, "
                                + (isClean ? "after a clean stop: " : "after a kill: ") + e,
                        e);
            }
        }
        outcomes.forEach((outcome, count) -> System.out.println(count + " times " + outcome));
        return outcomes;
    }

    private static String kindOf(String file) {
        return file.substring(Math.max(file.lastIndexOf('.'), file.lastIndexOf('/')) + 1);
    }

    /** A batch is damaged, and a start sets it aside: what lies behind it stays. */
    private void setABatchAside() {
        LogModel.Entry lost = damagedModel.entries.get(3);
        String file = "orders-0/00000000000000000000.log";
        byte[] bad = image.get(file).clone();
        int position = 0;
        for (LogModel.Entry entry : damagedModel.entries.subList(0, 3)) {
            position += entry.bytes().length;
        }
        bad[position + lost.bytes().length - 1] ^= 1;
        Map<String, byte[]> damaged = new TreeMap<>(image);
        damaged.put(file, bad);
        SimulatedDisk disk = SimulatedDisk.of(1, damaged);
        PartitionLog log = open(disk, "orders", false);
        assertThat(log.recovery().quarantined()).hasSize(1);
        log.close();
        points.put("orders", log.recoveryPoint());
        image = disk.image();
        damagedModel.entries.remove(lost);
        hasGap = true;
    }

    /** Whether a cut takes whole batches off a file. */
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
    private String read(PartitionLog log, LogModel model) {
        List<LogModel.Entry> missing = new ArrayList<>(model.entries);
        List<String> refusals = new ArrayList<>();
        long end = log.snapshot().logEndOffset();
        boolean skips = hasGap || !log.recovery().quarantined().isEmpty();
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

package io.penstock.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.LogTrial.Cleanup;
import io.penstock.core.log.LogTrial.Tracked;
import io.penstock.core.log.file.PowerCut;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.log.file.SimulatedDisk.Fate;
import io.penstock.core.log.file.SimulatedDisk.Operation;
import io.penstock.core.log.file.SimulatedDisk.Survival;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;

/**
 * A random life of three partitions on a disk that fails in every way it knows, each decision from one seed: appends,
 * flushes, truncations, new epochs, recovery points, deletions, stops, kills and power cuts at any operation; writes and forces that fail,
 * a disk that is full for a while. One partition deletes by age and size, one compacts, with appends and deletions in between, one
 * does both. After each death everything is opened and compared with the model.
 */
final class RandomLife {

    private static final String[] TOPICS = {"a", "b", "c"};

    private final Random random;
    private final SimulatedDisk disk;
    private final LogTrial trial;
    private int deaths;
    private int failures;
    /** Whether an operation has failed since the last start. */
    private boolean isTroubled;

    RandomLife(long seed) {
        random = new Random(seed);
        disk = new SimulatedDisk(random.nextLong());
        trial = new LogTrial(log -> {}, random.nextLong())
                .cleaning("a", Cleanup.DELETE)
                .cleaning("b", Cleanup.COMPACT)
                .cleaning("c", Cleanup.COMPACT_AND_DELETE);
    }

    /** Where bugs can be planted. */
    LogTrial trial() {
        return trial;
    }

    int deaths() {
        return deaths;
    }

    int failures() {
        return failures;
    }

    /** Lives for so many steps and a last power cut. Throws an AssertionError at the first violation. */
    void live(int steps) throws Exception {
        trial.run(disk);
        for (int i = 0; i < steps; i++) {
            if (random.nextInt(5) == 0) {
                disk.cutPowerAfter(random.nextInt(60));
            }
            try {
                step();
            } catch (PowerCut cut) {
                assertThat(disk.isOff()).as("the power was cut").isTrue();
                die();
            }
        }
        die();
    }

    private void step() throws Exception {
        Tracked log = trial.log(TOPICS[random.nextInt(TOPICS.length)]);
        switch (random.nextInt(26)) {
            case 0 -> truncate(log);
            case 1 -> log.append(1 + random.nextInt(3), log.model.latestEpoch() + 1 + random.nextInt(3));
            case 2 -> log.reopen();
            case 3 -> deleteSometimes(log);
            case 4 -> kill();
            case 5 -> beTrouble();
            case 6, 7, 8, 9 -> log.flush();
            case 10, 11 -> log.checkpoint();
            case 12 -> stopAndStart();
            case 13 -> deleteRecords(log);
            case 14, 15, 16 -> compact(log);
            case 17, 18 -> retain(log);
            default -> log.append(1 + random.nextInt(8));
        }
        if (trial.hasFailed()) {
            // nobody knows what its disk has: the broker gives it up, and so does the one who starts it again
            die();
        }
    }

    private void truncate(Tracked log) throws Exception {
        long least = log.model.leastEnd();
        log.truncateTo(least + random.nextInt((int) (log.model.end() - least) + 2));
    }

    private boolean deleteRecords(Tracked log) throws IOException {
        return log.deleteBefore(random.nextLong(log.log().snapshot().highWatermark() + 1));
    }

    /** If its topic does that. */
    private boolean compact(Tracked log) throws IOException {
        return !log.cleanup().compacts() || log.compact(() -> liveOnBeside(log));
    }

    /** What may come between two steps of a compaction. */
    private void liveOnBeside(Tracked log) {
        try {
            switch (random.nextInt(6)) {
                case 0, 1 -> log.append(1 + random.nextInt(3));
                case 2 -> deleteRecords(log);
                default -> {}
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** If its topic does that. */
    private boolean retain(Tracked log) throws IOException {
        return !log.cleanup().deletes()
                || log.retain(new Retention(
                        random.nextBoolean() ? random.nextInt(50) * LogTrial.MS_PER_RECORD : Retention.UNLIMITED,
                        random.nextBoolean() ? random.nextInt(3000) : Retention.UNLIMITED));
    }

    /** A force that failed when a file was closed for want of room shows at the stop: nothing is claimed clean then. */
    private void stopAndStart() throws Exception {
        try {
            trial.stopAndStart();
        } catch (PenstockException e) {
            if (e.code() != ErrorCode.STORAGE_ERROR || !isTroubled) {
                throw e;
            }
            die();
        }
    }

    private void deleteSometimes(Tracked log) throws Exception {
        if (random.nextInt(3) == 0) {
            log.delete();
        }
    }

    private void kill() throws Exception {
        disk.keepPower();
        disk.startProcess();
        deaths++;
        isTroubled = false;
        trial.recoverFromKill();
    }

    /** The next operations of one kind fail while one of these writes, flushes, compacts or deletes. */
    private void beTrouble() throws Exception {
        Tracked log = trial.log(TOPICS[random.nextInt(TOPICS.length)]);
        Operation failing = new Operation[] {
                    Operation.APPEND, Operation.FORCE, Operation.TRUNCATE, Operation.CREATE, Operation.RENAME
                }
                [random.nextInt(5)];
        Fate fate = failing == Operation.APPEND && random.nextBoolean() ? Fate.FULL : Fate.FAILED;
        int[] healthy = {random.nextInt(4)};
        trial.fail((operation, path) -> operation == failing && healthy[0]-- <= 0, fate);
        failures++;
        isTroubled = true;
        boolean isFine;
        try {
            isFine = workOn(log);
        } catch (IOException | UncheckedIOException e) {
            // a note of the broker's could not be written
            die();
            return;
        }
        trial.heal();
        if (!log.hasFailed() && !isFine) {
            // a refusal, which left everything as it was
            log.append(1);
            log.flush();
        }
    }

    private boolean workOn(Tracked log) throws IOException {
        return switch (random.nextInt(4)) {
            case 0 -> compact(log);
            case 1 -> retain(log);
            default -> log.append(1 + random.nextInt(6)) && log.flush();
        };
    }

    private void die() throws Exception {
        deaths++;
        isTroubled = false;
        disk.cyclePower(Survival.values()[random.nextInt(3)]);
        while (random.nextInt(3) == 0) {
            disk.cutPowerAfter(random.nextInt(40));
            try {
                trial.recover(disk);
            } catch (PowerCut cut) {
                assertThat(disk.isOff()).as("the power was cut").isTrue();
            }
            disk.cyclePower(Survival.SOMETHING);
        }
        trial.recover(disk);
    }

    @Override
    public String toString() {
        var history = disk.history();
        return deaths + " deaths, the last operations:\n  "
                + String.join("\n  ", history.subList(Math.max(0, history.size() - 80), history.size()));
    }
}

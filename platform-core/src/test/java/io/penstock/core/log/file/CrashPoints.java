package io.penstock.core.log.file;

import io.penstock.core.log.file.SimulatedDisk.Survival;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Cuts the power after every file operation of a script, once with nothing of what was not forced left, once with all of
 * it, and several times with some; lets it recover, sometimes with another power cut in the middle of that; and lets it
 * recover again from what is durable then, which must change nothing. A violation is an AssertionError that names the
 * operation and the seed.
 */
public final class CrashPoints {

    /** One life of what is tried, with a model of what it must keep. Whatever it throws is a violation. */
    public interface Trial {

        /** Does what is tried, with the model kept up to date at each step, since any step may throw a {@link PowerCut}. */
        void run(SimulatedDisk disk) throws Exception;

        /** Opens again what {@link #run} left and compares it with the model. May be cut, too. */
        void recover(SimulatedDisk disk) throws Exception;

        /** Uses what was recovered. May be cut, too. */
        default void goOn(SimulatedDisk disk) throws Exception {}
    }

    private static final int SEEDS = 4;

    private final Supplier<Trial> trials;
    private final int seeds;
    private int runs;

    public CrashPoints(Supplier<Trial> trials) {
        this(trials, SEEDS);
    }

    /** @param seeds how many power cuts a crash point gets in which some of the unforced things survive */
    public CrashPoints(Supplier<Trial> trials, int seeds) {
        this.trials = trials;
        this.seeds = seeds;
    }

    /** How many lives were tried. */
    public int runs() {
        return runs;
    }

    /**
     * Tries all crash points: before the first operation, after each, and after the end.
     *
     * @return how many there are: operations of the script, and two
     */
    public int explore() {
        int operations = countOperations();
        for (int cut = 0; cut <= operations + 1; cut++) {
            tryOnce(cut, Survival.NOTHING, 0);
            tryOnce(cut, Survival.EVERYTHING, 0);
            for (int seed = 1; seed <= seeds; seed++) {
                tryOnce(cut, Survival.SOMETHING, seed);
            }
        }
        return operations + 2;
    }

    private int countOperations() {
        SimulatedDisk disk = new SimulatedDisk(0);
        try {
            trials.get().run(disk);
        } catch (Exception | AssertionError e) {
            throw new AssertionError("without any power cut: " + e, e);
        }
        return disk.operations();
    }

    private void tryOnce(int cut, Survival survival, int seed) {
        runs++;
        SimulatedDisk disk = new SimulatedDisk(31L * cut + seed);
        Random random = new Random(31L * cut + seed);
        try {
            Trial trial = trials.get();
            runUntil(disk, cut, () -> trial.run(disk));
            disk.cyclePower(survival);
            if (survival == Survival.SOMETHING) {
                runUntil(disk, random.nextInt(20), () -> trial.recover(disk));
                disk.cyclePower(survival);
            }
            trial.recover(disk);
            var recovered = disk.image();
            disk.cyclePower(Survival.NOTHING);
            trial.recover(disk);
            ensureSame(recovered, disk.image());
            trial.goOn(disk);
            disk.cyclePower(survival);
            trial.recover(disk);
        } catch (Exception | AssertionError | PowerCut e) {
            throw new AssertionError(
                    "power cut after operation " + cut + ", " + survival + " survives, seed " + seed + ": " + e + "\n  "
                            + String.join("\n  ", lastOf(disk.history())),
                    e);
        }
    }

    private static List<String> lastOf(List<String> history) {
        return history.subList(Math.max(0, history.size() - 60), history.size());
    }

    /** Something that can be cut. */
    @FunctionalInterface
    private interface Step {
        void run() throws Exception;
    }

    private static void runUntil(SimulatedDisk disk, int operations, Step step) throws Exception {
        disk.cutPowerAfter(operations);
        try {
            step.run();
        } catch (PowerCut planned) {
            if (!disk.isOff()) {
                throw new AssertionError("something used the disk of a process that is gone", planned);
            }
        } finally {
            disk.keepPower();
        }
    }

    private static void ensureSame(Map<String, byte[]> first, Map<String, byte[]> second) {
        if (!first.keySet().equals(second.keySet())) {
            throw new AssertionError("a second recovery left " + second.keySet() + ", the first " + first.keySet());
        }
        first.forEach((path, content) -> {
            if (!Arrays.equals(content, second.get(path))) {
                throw new AssertionError("a second recovery changed " + path);
            }
        });
    }
}

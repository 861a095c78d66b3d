package io.penstock.core.log.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.log.file.SimulatedDisk.Fate;
import io.penstock.core.log.file.SimulatedDisk.Operation;
import io.penstock.core.log.file.SimulatedDisk.Survival;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulatedDiskTest implements LogDirectoryContract {

    private SimulatedDisk disk = new SimulatedDisk(1);

    @Override
    public LogDirectory directory() {
        return disk.root();
    }

    @ParameterizedTest
    @EnumSource
    void keepsWhatWasForced(Survival survival) throws IOException {
        append("a", bytes(3000, 1)).force();
        disk.root().force();

        disk.cyclePower(survival);

        assertThat(disk.image().get("a")).isEqualTo(bytes(3000, 1));
    }

    @ParameterizedTest
    @EnumSource
    void losesAForcedFileWhoseNameWasNotForced(Survival survival) throws IOException {
        Set<Boolean> seen = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            disk = new SimulatedDisk(seed);
            append("a", bytes(10, 1)).force();
            disk.cyclePower(survival);
            seen.add(disk.root().exists("a"));
        }

        assertThat(seen)
                .isEqualTo(
                        switch (survival) {
                            case NOTHING -> Set.of(false);
                            case EVERYTHING -> Set.of(true);
                            case SOMETHING -> Set.of(false, true);
                        });
    }

    @Test
    void keepsAnySubsetOfUnforcedBlocksAndAnyLengthTheFileHad() throws IOException {
        Set<String> seen = new TreeSet<>();
        for (int seed = 0; seed < 400; seed++) {
            disk = new SimulatedDisk(seed);
            LogFile file = append("a", bytes(512, 1));
            disk.root().force();
            file.force();
            file.append(ByteBuffer.wrap(bytes(1024, 2)));
            disk.cyclePower(Survival.SOMETHING);
            byte[] left = disk.image().get("a");
            assertThat(left.length).isBetween(512, 1536);
            assertThat(Arrays.copyOf(left, 512)).isEqualTo(bytes(512, 1));
            if (left.length == 1536) {
                seen.add(left[512] + " " + left[1535]);
            }
        }

        assertThat(seen).containsExactly("0 0", "0 2", "2 0", "2 2");
    }

    @Test
    void seesARenameWithoutAForceOfTheDirectoryEitherWay() throws IOException {
        Set<String> seen = new TreeSet<>();
        for (int seed = 0; seed < 50; seed++) {
            disk = new SimulatedDisk(seed);
            append("old", bytes(1, 1)).force();
            append("new", bytes(1, 2)).force();
            disk.root().force();
            disk.root().rename("new", "old");
            disk.cyclePower(Survival.SOMETHING);
            seen.add(disk.root().list() + " " + disk.image().get("old")[0]);
        }

        assertThat(seen).containsExactly("[new, old] 1", "[old] 2");
    }

    @Test
    void bringsBackWhatWasCutUnlessTheCutWasForced() throws IOException {
        LogFile file = append("a", bytes(100, 1));
        disk.root().force();
        file.force();

        file.truncate(10);
        disk.cyclePower(Survival.NOTHING);
        assertThat(disk.image().get("a")).isEqualTo(bytes(100, 1));

        try (LogFile again = disk.root().open("a")) {
            again.truncate(10);
            again.force();
        }
        disk.cyclePower(Survival.NOTHING);
        assertThat(disk.image().get("a")).isEqualTo(bytes(10, 1));
    }

    @Test
    void aForceAfterAFailedOneSucceedsThoughBytesAreLost() throws IOException {
        boolean isLost = false;
        for (int seed = 0; seed < 20; seed++) {
            disk = new SimulatedDisk(seed);
            LogFile file = append("a", bytes(5000, 1));
            disk.root().force();
            disk.fates((operation, path) -> operation == Operation.FORCE ? Fate.FAILED : Fate.DONE);
            assertThatThrownBy(file::force).isInstanceOf(IOException.class);
            disk.fates((operation, path) -> Fate.DONE);

            file.force();
            assertThat(disk.image().get("a")).as("in the cache").isEqualTo(bytes(5000, 1));
            disk.cyclePower(Survival.EVERYTHING);
            isLost |= !Arrays.equals(disk.image().get("a"), bytes(5000, 1));
        }

        assertThat(isLost).isTrue();
    }

    @Test
    void writesAPartWhenItIsFullAndGoesOnWhenSpaceReturns() throws IOException {
        disk.capacity(1024);
        LogFile file = append("a", bytes(1000, 1));

        assertThatThrownBy(() -> file.append(ByteBuffer.wrap(bytes(100, 2)))).isInstanceOf(NoSpaceException.class);
        assertThat(file.size()).isEqualTo(1000);
        assertThat(disk.image().get("a")).hasSize(1024);
        file.truncate(1000);
        assertThat(disk.image().get("a")).isEqualTo(bytes(1000, 1));
        disk.capacity(2048);
        file.append(ByteBuffer.wrap(bytes(100, 2)));
        assertThat(file.size()).isEqualTo(1100);
    }

    @Test
    void cutsThePowerAfterAnyOperation() throws IOException {
        append("a", bytes(1, 1));
        int operations = disk.operations();
        assertThat(disk.history()).containsExactly("CREATE a", "APPEND a");
        for (int k = 0; k <= operations; k++) {
            disk = new SimulatedDisk(k);
            disk.cutPowerAfter(k);
            assertThatThrownBy(() -> append("a", bytes(1, 1)).force()).isInstanceOf(PowerCut.class);
            assertThat(disk.operations()).isEqualTo(k);
            assertThatThrownBy(() -> disk.root().list()).isInstanceOf(PowerCut.class);
            disk.cyclePower(Survival.EVERYTHING);
            assertThat(disk.root().exists("a")).isEqualTo(k > 0);
        }
    }

    @Test
    void aKilledProcessLosesItsFilesAndTheDiskNothing() throws IOException {
        LogFile file = append("a", bytes(10, 1));

        disk.startProcess();

        assertThatThrownBy(() -> file.append(ByteBuffer.wrap(bytes(1, 1)))).isInstanceOf(PowerCut.class);
        assertThat(disk.image().get("a")).isEqualTo(bytes(10, 1));
    }

    @Test
    void isTheSameForTheSameSeed() throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            byte[][] left = new byte[2][];
            for (int i = 0; i < 2; i++) {
                disk = new SimulatedDisk(seed);
                append("a", bytes(9000, 3));
                disk.root().force();
                disk.cyclePower(Survival.SOMETHING);
                left[i] = disk.image().get("a");
            }
            assertThat(left[0]).isEqualTo(left[1]);
        }
    }

    @Test
    void lateOperationsComeAfterTheNextForceOfADirectory() throws IOException {
        LogFile file = append("a", bytes(10, 1));
        disk.fates((operation, path) -> operation == Operation.FORCE ? Fate.LATE : Fate.DONE);
        file.force();
        disk.root().force();
        file.append(ByteBuffer.wrap(bytes(10, 2)));
        file.force();

        disk.cyclePower(Survival.NOTHING);

        assertThat(disk.image().get("a")).isEqualTo(bytes(10, 1));
    }

    @Test
    void countsWhatAForceCosts() throws IOException {
        LogFile file = append("a", bytes(100, 1));
        long before = disk.costMicros();
        file.force();
        long quick = disk.costMicros() - before;

        disk.slowness(100);
        file.force();

        assertThat(disk.costMicros() - before - quick).isGreaterThan(50 * quick);
    }

    @Test
    void standsForAnImage() throws IOException {
        append("a", bytes(700, 1));
        disk.root().child("d").open("x").append(ByteBuffer.wrap(bytes(5, 2)));

        SimulatedDisk copy = SimulatedDisk.of(3, disk.image());
        copy.cyclePower(Survival.NOTHING);

        assertThat(copy.image()).containsOnlyKeys("a", "d/x");
        assertThat(copy.image().get("d/x")).isEqualTo(bytes(5, 2));
    }

    private LogFile append(String name, byte[] bytes) throws IOException {
        LogFile file = disk.root().open(name);
        file.append(ByteBuffer.wrap(bytes));
        return file;
    }

    private static byte[] bytes(int count, int value) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }
}

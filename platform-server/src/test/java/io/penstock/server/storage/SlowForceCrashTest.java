package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.log.file.SimulatedDisk.Survival;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The power is cut while a force is under way: what is left is what any power cut may leave, and nobody was told too much. */
class SlowForceCrashTest {

    private static final Logger LOGS = (Logger) LoggerFactory.getLogger("io.penstock");
    private static final int SEEDS = 60;

    /** Each process that dies would tell of it. */
    @BeforeEach
    void silence() {
        LOGS.setLevel(Level.OFF);
    }

    @AfterEach
    void speak() {
        LOGS.setLevel(null);
    }

    @Test
    void leavesAnyPartOfWhatTheForceDidNotFinish() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            cutPowerDuringAForce(seed, (probe, slow) -> probe.beforeForce = slow, 2, Outcome.UNKNOWN);
        }
    }

    @Test
    void leavesAllThatTheDeviceHadBeforeItTold() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            // the answer is made, but by a process that is gone
            cutPowerDuringAForce(seed, (probe, slow) -> probe.afterForce = slow, 3, Outcome.COMMITTED);
        }
    }

    /**
     * @param least how many of the five batches must be there afterwards
     * @param first what the first of those that waited is told when it is too late
     */
    private static void cutPowerDuringAForce(
            int seed, BiConsumer<ProbedDirectory.Probe, SlowForces> plant, int least, Outcome first) throws Exception {
        SimulatedDisk disk = new SimulatedDisk(seed);
        StorageFixture crashed = new StorageFixture().openOn(disk.root());
        Partition partition = crashed.partition("orders");
        for (String value : List.of("a", "b")) {
            assertThat(crashed.appendNow(partition, value).outcome()).isEqualTo(Outcome.COMMITTED);
        }
        SlowForces slow = new SlowForces();
        slow.slow("orders");
        plant.accept(crashed.probes.get(0), slow);
        List<CompletableFuture<ProduceAck>> waiting = new ArrayList<>();
        waiting.add(crashed.append(partition, Acks.ALL, "c"));
        slow.awaitUnderWay("orders");
        waiting.add(crashed.append(partition, Acks.ALL, "d"));
        waiting.add(crashed.append(partition, Acks.ALL, "e"));
        StorageFixture.await("all are written", () -> partition.log().snapshot().logEndOffset() == 5);
        assertThat(waiting).noneMatch(CompletableFuture::isDone);

        disk.cyclePower(Survival.SOMETHING);
        slow.endAll();

        assertThat(outcome(waiting.get(0))).isEqualTo(first);
        assertThat(outcome(waiting.get(1))).isEqualTo(Outcome.UNKNOWN);
        assertThat(outcome(waiting.get(2))).isEqualTo(Outcome.UNKNOWN);
        crashed.abandon();
        try (StorageFixture restarted = new StorageFixture().openOn(disk.root())) {
            List<String> left = restarted.values(restarted.partition("orders"));
            assertThat(List.of("a", "b", "c", "d", "e")).as("seed %s", seed).startsWith(left.toArray(String[]::new));
            assertThat(left).as("seed %s", seed).hasSizeGreaterThanOrEqualTo(least);
        }
    }

    private static Outcome outcome(CompletableFuture<ProduceAck> answer) throws Exception {
        return answer.get(20, TimeUnit.SECONDS).outcome();
    }
}

package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.log.file.SimulatedDisk;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.transport.LogProbe;
import io.penstock.server.metadata.TopicRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data directories that fail, fill up, are stopped and are killed. */
class VolumeTest {

    @TempDir
    Path root;

    private final StorageFixture fixture = new StorageFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void putsPartitionsWhereTheFewestAre() throws Exception {
        fixture.open(root.resolve("a"), root.resolve("b"));
        TopicRecord topic = StorageFixture.topic("orders", 1, 4);
        fixture.become(topic);
        for (int number = 0; number < 4; number++) {
            fixture.appendNow(fixture.store.partition(topic, number), "value");
        }

        assertThat(fixture.volumes.get(0).files().children()).hasSize(2);
        assertThat(fixture.volumes.get(1).files().children()).hasSize(2);
        fixture.stop();
        fixture.open(root.resolve("a"), root.resolve("b"));
        fixture.become(topic);
        for (int number = 0; number < 4; number++) {
            assertThat(fixture.values(fixture.store.partition(topic, number)))
                    .as("found where it is")
                    .containsExactly("value");
        }
    }

    @Test
    void refusesAPartitionThatLiesInTwoDirectories() throws Exception {
        fixture.open(root.resolve("a"));
        Files.createDirectories(root.resolve("a/orders-0"));
        Files.createDirectories(root.resolve("b/orders-0"));

        assertThatThrownBy(() -> new StorageFixture().open(root.resolve("a"), root.resolve("b")))
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("orders-0 lies in two data directories");
    }

    @Test
    void leavesTheOtherDirectoriesInServiceWhenOneFails() throws Exception {
        fixture.open(root.resolve("a"), root.resolve("b"));
        Partition failing = fixture.partition("orders");
        Partition neighbour = fixture.partition("payments");
        Partition sameDisk = fixture.partition("refunds");
        for (Partition partition : List.of(failing, neighbour, sameDisk)) {
            fixture.appendNow(partition, "a");
        }
        AtomicBoolean isWoken = new AtomicBoolean();
        sameDisk.log().signal().whenBeyond(1, () -> isWoken.set(true));
        fixture.probes.get(0).beforeForce = path -> {
            throw new IOException("EIO");
        };

        ProduceAck lost = fixture.appendNow(failing, "b");
        fixture.probes.get(0).beforeForce = path -> {};

        assertThat(lost.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(lost.error()).isEqualTo(ErrorCode.STORAGE_ERROR);
        assertThat(lost.error().isRetriable()).isTrue();
        ProduceAck refused = fixture.appendNow(sameDisk, "b");
        assertThat(refused.error()).isEqualTo(ErrorCode.STORAGE_ERROR);
        assertThat(refused.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
        assertThat(isWoken)
                .as("who waits for a record of another partition there")
                .isTrue();
        assertThatThrownBy(() -> fixture.values(sameDisk)).hasMessageContaining("out of service");
        assertThat(fixture.appendNow(neighbour, "b").error()).isEqualTo(ErrorCode.NONE);
        assertThat(fixture.values(neighbour)).containsExactly("a", "b");
        assertThat(fixture.events).hasSize(1).first().isInstanceOf(StorageEvent.DirectoryFailed.class);

        fixture.stop();
        assertThat(root.resolve("a/.clean-shutdown")).doesNotExist();
        assertThat(root.resolve("b/.clean-shutdown")).exists();
    }

    @Test
    void takesADirectoryOutOfServiceWhoseWriteFailed() throws Exception {
        fixture.open(root);
        Partition partition = fixture.partition("orders");
        fixture.appendNow(partition, "a");
        fixture.probes.get(0).beforeAppend = path -> {
            throw new IOException("EIO");
        };

        ProduceAck lost = fixture.appendNow(partition, "b");

        assertThat(lost.error()).isEqualTo(ErrorCode.STORAGE_ERROR);
        assertThat(lost.outcome()).as("the device may have it or not").isEqualTo(Outcome.UNKNOWN);
        fixture.probes.get(0).beforeAppend = path -> {};
        for (Partition refusing : List.of(partition, fixture.partition("payments"))) {
            ProduceAck refused = fixture.appendNow(refusing, "c");
            assertThat(refused.error()).isEqualTo(ErrorCode.STORAGE_ERROR);
            assertThat(refused.outcome()).as("nobody tried to write it").isEqualTo(Outcome.NOT_WRITTEN);
        }
    }

    @Test
    void nothingIsKnownOfAllThatWasWrittenTogetherWhenTheWriteFails() throws Exception {
        fixture.open(root);
        Partition partition = fixture.partition("orders");
        fixture.appendNow(partition, "a");
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        fixture.probes.get(0).beforeAppend = path -> {
            writing.countDown();
            awaitOn(go);
        };
        CompletableFuture<ProduceAck> plug = fixture.append(partition, Acks.ALL, "plug");
        assertThat(writing.await(20, TimeUnit.SECONDS)).isTrue();
        List<CompletableFuture<ProduceAck>> together =
                List.of(fixture.append(partition, Acks.ALL, "b"), fixture.append(partition, Acks.LEADER, "c"));
        fixture.probes.get(0).beforeAppend = path -> {
            throw new IOException("EIO");
        };
        go.countDown();

        for (CompletableFuture<ProduceAck> answer : together) {
            assertThat(answer.get(20, TimeUnit.SECONDS).outcome()).isEqualTo(Outcome.UNKNOWN);
        }
        assertThat(plug.get(20, TimeUnit.SECONDS).outcome())
                .as("written before, and maybe forced")
                .isIn(Outcome.UNKNOWN, Outcome.COMMITTED);
    }

    @Test
    void undoesWhatWasWrittenOfABatchThatFoundNoRoom() throws Exception {
        SimulatedDisk disk = new SimulatedDisk(1);
        fixture.openOn(disk.root());
        Partition partition = fixture.partition("orders");
        fixture.appendNow(partition, "a");
        disk.capacity(disk.usedBytes() + 2 * SimulatedDisk.BLOCK_BYTES);

        ProduceAck refused = fixture.appendNow(partition, "b".repeat(8 * SimulatedDisk.BLOCK_BYTES));

        assertThat(refused.error()).isEqualTo(ErrorCode.STORAGE_FULL);
        assertThat(refused.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
        assertThat(fixture.volumes.get(0).failure()).isNull();
        disk.capacity(Long.MAX_VALUE);
        fixture.nanos.addAndGet(FreeSpace.CHECK_NANOS);
        assertThat(fixture.appendNow(partition, "c").baseOffset()).isEqualTo(1);
        disk.cyclePower(SimulatedDisk.Survival.NOTHING);
        fixture.openOn(disk.root());
        assertThat(fixture.values(fixture.partition("orders"))).containsExactly("a", "c");
        assertThat(fixture.partition("orders").log().recovery().bytesCut()).isZero();
    }

    private static void awaitOn(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new IOException("the test did not go on");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void refusesAppendsWhileOnlyTheReserveIsLeftAndGoesOnByItself() throws Exception {
        fixture.open(root);
        Partition partition = fixture.partition("orders");
        fixture.appendNow(partition, "a");
        fixture.usable.set(StorageFixture.RESERVE);
        assertThat(fixture.appendNow(partition, "b").error())
                .as("nobody asks the file system at each append")
                .isEqualTo(ErrorCode.NONE);
        fixture.nanos.addAndGet(FreeSpace.CHECK_NANOS);

        ProduceAck refused = fixture.appendNow(partition, "c");

        assertThat(refused.error()).isEqualTo(ErrorCode.STORAGE_FULL);
        assertThat(refused.error().isRetriable()).isTrue();
        assertThat(refused.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
        assertThat(fixture.values(partition)).as("reads go on").containsExactly("a", "b");
        fixture.usable.set(StorageFixture.RESERVE + 1000);
        assertThat(fixture.appendNow(partition, "d").error()).isEqualTo(ErrorCode.STORAGE_FULL);
        fixture.nanos.addAndGet(FreeSpace.CHECK_NANOS);
        assertThat(fixture.appendNow(partition, "e").error()).isEqualTo(ErrorCode.NONE);
        assertThat(fixture.values(partition)).containsExactly("a", "b", "e");
        assertThat(fixture.events)
                .containsExactly(
                        new StorageEvent.DirectoryFull(root.toString(), StorageFixture.RESERVE),
                        new StorageEvent.DirectoryHasRoom(root.toString(), StorageFixture.RESERVE + 1000));
    }

    @Test
    void saysOnceInTheLogThatItIsFullAndStopsWithoutAStackTrace() throws Exception {
        fixture.open(root);
        Partition partition = fixture.partition("orders");
        fixture.appendNow(partition, "a");
        try (LogProbe log = new LogProbe()) {
            fixture.usable.set(StorageFixture.RESERVE);
            for (int i = 0; i < 5; i++) {
                fixture.nanos.addAndGet(FreeSpace.CHECK_NANOS);
                assertThat(fixture.appendNow(partition, "b").error()).isEqualTo(ErrorCode.STORAGE_FULL);
            }
            assertThat(log.warnings("FreeSpace"))
                    .singleElement()
                    .asString()
                    .contains(root.toString(), "STORAGE_FULL", "make room");

            fixture.probes.get(0).beforePoints = path -> {
                throw new NoSpaceException("no space");
            };
            for (int i = 0; i < 5; i++) {
                fixture.store.checkpoint();
            }
            fixture.stop();

            assertThat(log.warnings("Volume")).hasSize(1);
            assertThat(log.warnings("PartitionLog"))
                    .singleElement()
                    .asString()
                    .contains("No room for the last index entry of orders-0");
            log.assertNoStackTraces();
        }
        fixture.probes.get(0).beforePoints = path -> {};
        fixture.usable.set(1 << 30);
        fixture.open(root);
        assertThat(fixture.values(fixture.partition("orders"))).containsExactly("a");
    }

    @Test
    void saysInOneLineThatItCannotBeMarkedAsCleanlyStopped() throws Exception {
        fixture.open(root);
        fixture.probes.get(0).beforePoints = path -> {
            throw new NoSpaceException("no space");
        };
        try (LogProbe log = new LogProbe()) {
            fixture.stop();

            assertThat(log.warnings("PartitionStore"))
                    .singleElement()
                    .asString()
                    .contains("could not be marked as cleanly stopped", "no space");
            log.assertNoStackTraces();
        }
    }

    @Test
    void asksAgainAfterSoManyBytesThatTheReserveCannotBeOverrun() throws Exception {
        fixture.open(root);
        FreeSpace space = new FreeSpace("disk", fixture.usable::get, 10, () -> 0, fixture.events::add);
        space.ensureRoom(1);
        fixture.usable.set(10);
        space.ensureRoom(FreeSpace.CHECK_BYTES);

        assertThatThrownBy(() -> space.ensureRoom(1)).hasMessageContaining("reserve of 10");
    }

    @Test
    void refusesWhatWouldOverrunTheReserveAndTakesWhatDoesNot() throws Exception {
        fixture.open(root);
        FreeSpace space = new FreeSpace("disk", fixture.usable::get, 10, () -> 0, fixture.events::add);
        fixture.usable.set(100);
        space.ensureRoom(50);

        fixture.usable.set(50);
        space.ensureRoom(40);

        assertThatThrownBy(() -> space.ensureRoom(41)).hasMessageContaining("reserve of 10");
        assertThat(fixture.events).containsExactly(new StorageEvent.DirectoryFull("disk", 50));
    }

    @Test
    void readsNothingAfterACleanStopAndOnlyTheRestAfterAKill(@TempDir Path copy) throws Exception {
        fixture.open(root);
        Partition partition = fixture.partition("orders");
        fixture.appendNow(partition, "a");
        fixture.stop();
        assertThat(root.resolve(".clean-shutdown")).exists();

        fixture.open(root);
        assertThat(root.resolve(".clean-shutdown"))
                .as("gone before any log is opened")
                .doesNotExist();
        partition = fixture.partition("orders");
        assertThat(partition.log().recovery().bytesScanned()).isZero();
        fixture.appendNow(partition, "b");
        fixture.store.checkpoint();
        fixture.appendNow(partition, "c");
        long behind = partition.log().bytesBehindRecoveryPoint();
        fixture.copyTo(copy);

        try (StorageFixture restarted = new StorageFixture().open(copy)) {
            Partition again = restarted.partition("orders");
            assertThat(restarted.values(again)).containsExactly("a", "b", "c");
            assertThat(again.log().recovery().bytesScanned()).isEqualTo(behind);
        }
    }

    @Test
    void readsEverythingWhenTheRecoveryPointsAreDamaged(@TempDir Path copy) throws Exception {
        fixture.open(root);
        Partition partition = fixture.partition("orders");
        fixture.appendNow(partition, "a");
        fixture.store.checkpoint();
        fixture.copyTo(copy);
        byte[] bytes = Files.readAllBytes(copy.resolve("recovery-points"));
        bytes[bytes.length - 3] ^= 1;
        Files.write(copy.resolve("recovery-points"), bytes);

        try (StorageFixture restarted = new StorageFixture().open(copy)) {
            Partition again = restarted.partition("orders");
            assertThat(again.log().recovery().bytesScanned())
                    .isEqualTo(again.log().sizeInBytes());
            assertThat(restarted.values(again)).containsExactly("a");
        }
    }

    @Test
    void tellsOfDamageToWhatWasOnTheDevice(@TempDir Path copy) throws Exception {
        fixture.open(root);
        Partition partition = fixture.partition("orders");
        fixture.appendNow(partition, "a");
        fixture.store.checkpoint();
        fixture.copyTo(copy);
        Path log = copy.resolve("orders-0/00000000000000000000.log");
        Files.write(log, new byte[(int) Files.size(log)]);

        try (StorageFixture restarted = new StorageFixture().open(copy)) {
            Partition again = restarted.partition("orders");
            assertThat(restarted.appendNow(again, "b").baseOffset()).isEqualTo(1);
            assertThat(restarted.events)
                    .singleElement()
                    .isInstanceOfSatisfying(
                            StorageEvent.LogRecovered.class,
                            event -> assertThat(event.recovery().quarantined()).hasSize(1));
            assertThat(restarted
                            .meters
                            .get("penstock.recovery.quarantined")
                            .counter()
                            .count())
                    .isEqualTo(1);
        }
    }

    @Test
    void forgetsTheRecoveryPointOfATopicThatLeaves() throws Exception {
        fixture.open(root);
        TopicRecord topic = StorageFixture.topic("orders", 1, 1);
        fixture.become(topic);
        fixture.appendNow(fixture.store.partition(topic, 0), "a");
        fixture.store.checkpoint();
        TopicRecord again = StorageFixture.topic("orders", 2, 1);

        fixture.become();
        fixture.become(again);

        Partition young = fixture.store.partition(again, 0);
        assertThat(fixture.appendNow(young, "b").baseOffset()).isZero();
        assertThat(young.log().recovery().isUneventful()).isTrue();
    }
}

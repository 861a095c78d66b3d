package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.server.metadata.PartitionRecord;
import io.penstock.server.metadata.TopicRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes on while a force is under way, and what waits for it. The test says when each comes to its end. */
class SlowForceTest {

    @TempDir
    Path root;

    private final SlowForces slow = new SlowForces();
    private final StorageFixture fixture = new StorageFixture();

    @AfterEach
    void close() {
        slow.endAll();
        fixture.close();
    }

    private void open(Path... directories) throws Exception {
        fixture.open(directories);
        fixture.probes.get(0).afterForce = slow;
    }

    /** A partition with a record, whose forces take their time from now on. */
    private Partition slowPartition(String topic) throws Exception {
        Partition partition = fixture.partition(topic);
        fixture.appendNow(partition, "first");
        slow.slow(topic);
        return partition;
    }

    private CompletableFuture<ProduceAck> append(Partition partition, String value) {
        return fixture.append(partition, Acks.ALL, value);
    }

    private static ProduceAck now(CompletableFuture<ProduceAck> answer) throws Exception {
        return answer.get(20, TimeUnit.SECONDS);
    }

    private static void awaitEnd(Partition partition, long offset) {
        StorageFixture.await(
                "the log's end at " + offset, () -> partition.log().snapshot().logEndOffset() == offset);
    }

    @Test
    void anAppendWaitsForAForceThatBeganAfterItAndSharesItWithAllThatCameMeanwhile() throws Exception {
        open(root);
        Partition orders = slowPartition("orders");
        int forces = fixture.probes.get(0).forces.get();
        CompletableFuture<ProduceAck> first = append(orders, "a");
        slow.awaitUnderWay("orders");
        List<CompletableFuture<ProduceAck>> meanwhile =
                List.of(append(orders, "b"), append(orders, "c"), append(orders, "d"));
        awaitEnd(orders, 5);
        assertThat(first).isNotDone();

        slow.end("orders");

        assertThat(now(first).guarantee()).isEqualTo(Guarantee.FSYNCED);
        slow.awaitUnderWay("orders");
        assertThat(meanwhile).as("the force that ended began before them").noneMatch(CompletableFuture::isDone);
        assertThat(orders.log().snapshot().highWatermark()).isEqualTo(2);
        slow.end("orders");
        for (CompletableFuture<ProduceAck> answer : meanwhile) {
            assertThat(now(answer).guarantee()).isEqualTo(Guarantee.FSYNCED);
        }
        assertThat(fixture.probes.get(0).forces.get() - forces).isEqualTo(2);
    }

    @Test
    void partitionsOfADirectoryDoNotWaitForEachOther() throws Exception {
        open(root);
        Partition[] partitions = {slowPartition("a"), slowPartition("b"), slowPartition("c")};
        Partition quick = fixture.partition("quick");
        List<CompletableFuture<ProduceAck>> answers =
                List.of(append(partitions[0], "x"), append(partitions[1], "x"), append(partitions[2], "x"));
        for (String topic : List.of("a", "b", "c")) {
            slow.awaitUnderWay(topic);
        }
        assertThat(fixture.appendNow(quick, "x").guarantee()).isEqualTo(Guarantee.FSYNCED);

        // the last to begin is the first to end
        slow.end("c");
        assertThat(now(answers.get(2)).error()).isEqualTo(ErrorCode.NONE);
        assertThat(answers.subList(0, 2)).noneMatch(CompletableFuture::isDone);
        slow.end("a");
        assertThat(now(answers.get(0)).error()).isEqualTo(ErrorCode.NONE);
        assertThat(answers.get(1)).isNotDone();
        slow.end("b");
        assertThat(now(answers.get(1)).error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void otherDirectoriesGoOn() throws Exception {
        open(root.resolve("a"), root.resolve("b"));
        Partition waiting = slowPartition("orders");
        Partition other = fixture.partition("payments");
        assertThat(other.volume()).isNotSameAs(waiting.volume());
        CompletableFuture<ProduceAck> answer = append(waiting, "x");
        slow.awaitUnderWay("orders");

        for (int i = 0; i < 10; i++) {
            assertThat(fixture.appendNow(other, "y").guarantee()).isEqualTo(Guarantee.FSYNCED);
        }

        assertThat(answer).isNotDone();
        slow.end("orders");
        assertThat(now(answer).guarantee()).isEqualTo(Guarantee.FSYNCED);
    }

    @Test
    void whatIsReplicatedWaitsForNoForce() throws Exception {
        open(root);
        fixture.become(new TopicRecord(
                "orders", new UUID(0, 7), List.of(PartitionRecord.onOnly(0)), Map.of("durability", "replicated")));
        Partition orders = fixture.store.all().get(0);
        fixture.appendNow(orders, "a");
        slow.slow("orders");
        StorageFixture.await("a force in the background", () -> {
            fixture.timers.advanceTimeBy(Duration.ofSeconds(1));
            return slow.isUnderWay("orders");
        });

        for (int i = 1; i <= 10; i++) {
            ProduceAck answer = fixture.appendNow(orders, "b");
            assertThat(answer.guarantee()).isEqualTo(Guarantee.REPLICATED);
            assertThat(orders.log().snapshot().highWatermark()).isEqualTo(1 + i);
        }

        assertThat(slow.isUnderWay("orders")).as("all the time").isTrue();
        assertThat(orders.log().flushedOffset()).isZero();
        slow.end("orders");
        StorageFixture.await("what the force began with", () -> orders.log().flushedOffset() == 1);
    }

    @Test
    void whatLeadersAcknowledgeAloneWaitsForNoForce() throws Exception {
        open(root);
        Partition orders = slowPartition("orders");
        CompletableFuture<ProduceAck> all = append(orders, "a");
        slow.awaitUnderWay("orders");

        assertThat(now(fixture.append(orders, Acks.LEADER, "b")).guarantee()).isEqualTo(Guarantee.LEADER);

        assertThat(all).isNotDone();
        slow.end("orders");
        assertThat(now(all).guarantee()).isEqualTo(Guarantee.FSYNCED);
    }

    @Test
    void nothingIsAcknowledgedThatWaitedWhenAForceFailsLate() throws Exception {
        open(root);
        Partition failing = slowPartition("orders");
        Partition neighbour = slowPartition("payments");
        CompletableFuture<ProduceAck> covered = append(failing, "a");
        CompletableFuture<ProduceAck> beside = append(neighbour, "a");
        slow.awaitUnderWay("orders");
        slow.awaitUnderWay("payments");
        CompletableFuture<ProduceAck> meanwhile = append(failing, "b");
        awaitEnd(failing, 3);

        slow.fail("orders");

        for (CompletableFuture<ProduceAck> answer : List.of(covered, meanwhile)) {
            assertThat(now(answer).outcome()).isEqualTo(Outcome.UNKNOWN);
            assertThat(now(answer).error()).isEqualTo(ErrorCode.STORAGE_ERROR);
        }
        slow.end("payments");
        assertThat(now(beside).outcome())
                .as("a force that ended well on a device that failed meanwhile")
                .isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void aRecoveryPointThatTakesItsTimeHoldsUpNoAppend() throws Exception {
        fixture.with("durability", "replicated").with("flush.ms", String.valueOf(Long.MAX_VALUE));
        open(root);
        Partition orders = fixture.partition("orders");
        fixture.appendNow(orders, "a");
        slow.slow("orders");
        fixture.store.checkpointEvery(Duration.ofSeconds(1));
        fixture.timers.advanceTimeBy(Duration.ofSeconds(1));
        slow.awaitUnderWay("orders");

        for (int i = 0; i < 10; i++) {
            assertThat(fixture.appendNow(orders, "b").guarantee()).isEqualTo(Guarantee.REPLICATED);
        }

        assertThat(orders.log().recoveryPoint().offset()).isZero();
        slow.end("orders");
        StorageFixture.await(
                "the point of when it began", () -> orders.log().recoveryPoint().offset() == 1);
    }
}

package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Guarantee;
import io.penstock.server.metadata.PartitionRecord;
import io.penstock.server.metadata.TopicRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;

/** When a log is forced for which nobody waits. Time is virtual. */
class FlushPolicyTest {

    @TempDir
    Path root;

    private final StorageFixture fixture = new StorageFixture().with("durability", "replicated");

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void forcesWhatIsReplicatedWithinASecond() throws Exception {
        fixture.open(root);
        Partition partition = fixture.partition("orders");
        assertThat(fixture.appendNow(partition, "a").guarantee()).isEqualTo(Guarantee.REPLICATED);
        int forces = fixture.probes.get(0).forces.get();

        fixture.timers.advanceTimeBy(Duration.ofMillis(999));
        fixture.appendNow(partition, "b");
        assertThat(partition.log().flushedOffset()).isZero();

        fixture.timers.advanceTimeBy(Duration.ofMillis(1));
        StorageFixture.await("both are forced", () -> partition.log().flushedOffset() == 2);
        assertThat(fixture.probes.get(0).forces).as("at once").hasValue(forces + 1);
    }

    @Test
    void forcesEachWaitingTimeAnew() throws Exception {
        fixture.open(root);
        Partition partition = fixture.partition("orders");
        for (int i = 1; i <= 3; i++) {
            int end = i;
            fixture.appendNow(partition, "value " + i);
            // the timer is set behind the answer
            StorageFixture.await("forced once more", () -> {
                fixture.timers.advanceTimeBy(Duration.ofSeconds(1));
                return partition.log().flushedOffset() == end;
            });
        }
    }

    @Test
    void forcesSoManyRecordsAtOnce() throws Exception {
        fixture.open(root);
        TopicRecord topic = new TopicRecord(
                "orders", new UUID(0, 7), List.of(PartitionRecord.onOnly(0)), Map.of("flush.messages", "3"));
        fixture.become(topic);
        Partition partition = fixture.store.partition(topic, 0);
        fixture.appendNow(partition, "a");
        fixture.appendNow(partition, "b");
        assertThat(partition.log().flushedOffset()).isZero();

        fixture.appendNow(partition, "c");

        StorageFixture.await("forced without a timer", () -> partition.log().flushedOffset() == 3);
    }

    @Test
    void takesTheDirectoryOutOfServiceWhenABackgroundForceFails() throws Exception {
        fixture.open(root);
        Partition partition = fixture.partition("orders");
        fixture.appendNow(partition, "a");
        fixture.probes.get(0).beforeForce = path -> {
            throw new IOException("EIO");
        };

        StorageFixture.await("the failure is seen", () -> {
            fixture.timers.advanceTimeBy(Duration.ofSeconds(1));
            return partition.failure() != null;
        });

        assertThat(fixture.append(partition, Acks.ALL, "b").get().error()).isEqualTo(ErrorCode.STORAGE_ERROR);
        assertThat(fixture.events).hasOnlyElementsOfType(StorageEvent.DirectoryFailed.class);
    }

    @Test
    void makesRecoveryPointsInTheBackground() throws Exception {
        fixture.open(root);
        Partition partition = fixture.partition("orders");
        fixture.appendNow(partition, "a");
        Disposable rounds = fixture.store.checkpointEvery(Duration.ofSeconds(1));

        StorageFixture.await("there is one", () -> {
            fixture.timers.advanceTimeBy(Duration.ofSeconds(1));
            return partition.log().recoveryPoint().offset() == 1;
        });
        StorageFixture.await(
                "it is on disk", () -> root.resolve("recovery-points").toFile().length() > 20);
        rounds.dispose();
    }
}

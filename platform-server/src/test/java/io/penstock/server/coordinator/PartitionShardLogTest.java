package io.penstock.server.coordinator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.record.TestBatches;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.server.coordinator.decision.CoordinatorRecord;
import io.penstock.server.storage.PendingAppend;
import io.penstock.server.storage.StorageFixture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** A shard's log on a real partition, alone and under a shard. */
class PartitionShardLogTest {

    private static final long TIME = 1_700_000_000_000L;

    @TempDir
    Path directory;

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
    private final StorageFixture storage = new StorageFixture().with("cleanup.policy", "compact");
    private final NodeRuntime runtime = NodeRuntime.create("shard-log-test");

    @BeforeEach
    void open() throws Exception {
        storage.open(directory);
    }

    @AfterEach
    void close() {
        storage.close();
        runtime.close().block();
        assertThat(allocator.metric().usedDirectMemory()).as("leaked buffers").isZero();
    }

    private PartitionShardLog log(int leaderEpoch) {
        return new PartitionShardLog(storage.partition("__toy"), leaderEpoch, allocator);
    }

    private static List<String> read(PartitionShardLog log) {
        List<String> read = new ArrayList<>();
        log.read(record -> read.add(textOf(record)));
        return read;
    }

    private static String textOf(CoordinatorRecord record) {
        byte[] value = record.value();
        return new String(record.key(), UTF_8) + "=" + (value == null ? "none" : new String(value, UTF_8)) + "@"
                + (record.timestampMs() - TIME);
    }

    /** As nobody does in this version. */
    private ProduceAck appendOfTransaction(String key, String value) throws Exception {
        CompletableFuture<ProduceAck> answer = new CompletableFuture<>();
        ByteBuf batch = TestBatches.batch()
                .allocator(allocator)
                .producer(7, 0, 0)
                .transactional()
                .record(key, value)
                .build();
        storage.partition("__toy").append(new PendingAppend(0, 0, Acks.ALL, batch, new PendingAppend.Listener() {
            @Override
            public void onTaken() {}

            @Override
            public void onAnswer(ProduceAck ack) {
                answer.complete(ack);
            }
        }));
        return answer.get(20, TimeUnit.SECONDS);
    }

    private static @Nullable PenstockException append(PartitionShardLog log, CoordinatorRecord... records)
            throws Exception {
        CompletableFuture<@Nullable PenstockException> done = new CompletableFuture<>();
        log.append(Arrays.asList(records), done::complete);
        return done.get(20, TimeUnit.SECONDS);
    }

    @Test
    void readsWhatItAppended() throws Exception {
        assertThat(append(log(0), Tally.record("a", 1L, TIME), Tally.record("b", null, TIME + 2)))
                .isNull();
        assertThat(append(log(0), Tally.record("a", 2L, TIME + 3))).isNull();

        assertThat(read(log(0))).containsExactly("a=1@0", "b=none@2", "a=2@3");
    }

    @Test
    void readsManyBatchesSliceBySlice() throws Exception {
        CoordinatorRecord[] records = IntStream.range(0, 100)
                .mapToObj(i -> new CoordinatorRecord(("key" + i).getBytes(UTF_8), new byte[8_000], TIME))
                .toArray(CoordinatorRecord[]::new);
        PartitionShardLog log = log(0);
        for (int i = 0; i < 5; i++) {
            assertThat(append(log, records)).isNull();
        }

        assertThat(read(log)).hasSize(500);
    }

    @Test
    void readsNothingFromAnEmptyLog() {
        assertThat(read(log(0))).isEmpty();
    }

    /** They are committed only if a marker behind them says so. */
    @Test
    void takesNoRecordOfATransactionForACommittedOne() throws Exception {
        append(log(0), Tally.record("a", 1L, TIME));
        assertThat(appendOfTransaction("a", "2").outcome()).isEqualTo(Outcome.COMMITTED);

        assertThatThrownBy(() -> read(log(0)))
                .isInstanceOfSatisfying(
                        PenstockException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE))
                .hasMessageContaining("__toy-0@1");
    }

    @Test
    void isReadAgainAfterARestart() throws Exception {
        append(log(0), Tally.record("a", 1L, TIME));
        storage.stop();
        storage.open(directory);

        assertThat(read(log(0))).containsExactly("a=1@0");
    }

    @Test
    void isFencedByItsLeaderEpoch() throws Exception {
        PenstockException error = append(log(1), Tally.record("a", 1L, TIME));

        assertThat(error).extracting(PenstockException::code).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH);
        assertThatThrownBy(() -> read(log(1)))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH));
    }

    @Test
    void saysWhenTheDiskFails() throws Exception {
        append(log(0), Tally.record("a", 1L, TIME));
        storage.failForces();

        PenstockException error = append(log(0), Tally.record("b", 1L, TIME));

        assertThat(error).extracting(PenstockException::code).isEqualTo(ErrorCode.STORAGE_ERROR);
        assertThatThrownBy(() -> read(log(0))).isInstanceOf(PenstockException.class);
    }

    @Test
    void carriesAShardThroughARestart() throws Exception {
        CoordinatorShard<Tally> shard = shard();
        Flux.range(0, 1_000)
                .flatMap(i -> shard.decide((tally, nowMs) -> tally.add("n" + i % 10, 1, nowMs)), 1_000, 1)
                .blockLast();
        storage.stop();
        storage.open(directory);

        assertThat(shard().<Long>decide((tally, nowMs) -> tally.look("n3")).block())
                .isEqualTo(100);
    }

    @Test
    void letsAShardGoOnWhenThereIsRoomAgain() throws Exception {
        CoordinatorShard<Tally> shard = shard();
        shard.decide((tally, nowMs) -> tally.add("a", 1, nowMs)).block();
        storage.fill(true);
        assertThatThrownBy(() ->
                        shard.decide((tally, nowMs) -> tally.add("a", 1, nowMs)).block())
                .isInstanceOfSatisfying(
                        PenstockException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE));
        storage.fill(false);

        StorageFixture.await("the shard serves again", () -> sumOf(shard) == 1);
        assertThat(shard.decide((tally, nowMs) -> tally.add("a", 1, nowMs)).block())
                .isEqualTo(2);
    }

    private static long sumOf(CoordinatorShard<Tally> shard) {
        return shard.<Long>decide((tally, nowMs) -> tally.look("a"))
                .onErrorReturn(-1L)
                .blockOptional()
                .orElseThrow();
    }

    private CoordinatorShard<Tally> shard() {
        CoordinatorShard<Tally> shard = new CoordinatorShard<>(
                "shard",
                () -> new Tally(new ArrayList<>()),
                log(0),
                new ShardRuntime(
                        task -> runtime.workers().schedule(task),
                        runtime.readers(),
                        runtime.timers(),
                        () -> TIME,
                        new CoordinatorMetrics(new SimpleMeterRegistry())));
        shard.start();
        shard.whenLoaded().block();
        return shard;
    }
}

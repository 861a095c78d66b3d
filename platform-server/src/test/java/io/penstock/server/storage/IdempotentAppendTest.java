package io.penstock.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.log.file.NoSpaceException;
import io.penstock.core.model.Acks;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.record.TestBatches;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches that have a producer id, sent once and more than once. */
class IdempotentAppendTest {

    @TempDir
    Path directory;

    private final StorageFixture fixture = new StorageFixture();
    private Partition partition;

    @BeforeEach
    void open() throws IOException {
        fixture.open(directory);
        partition = fixture.partition("orders");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void answersARepetitionWithTheOriginalOffsetAndAppendsNothing() throws Exception {
        fixture.appendNow(partition, "before");
        ProduceAck first = now(send(0, "a", "b"));
        now(send(2, "c"));

        ProduceAck again = now(send(0, "a", "b"));

        assertThat(again).isEqualTo(first);
        assertThat(again.baseOffset()).isEqualTo(1);
        assertThat(again.guarantee()).isEqualTo(Guarantee.FSYNCED);
        assertThat(fixture.values(partition)).containsExactly("before", "a", "b", "c");
    }

    @Test
    void holdsTheAnswerToARepetitionUntilTheOriginalIsForced() throws Exception {
        CountDownLatch forcing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        now(send(0, "first"));
        fixture.probes.get(0).beforeForce = path -> {
            forcing.countDown();
            awaitOn(go);
        };
        CompletableFuture<ProduceAck> original = send(1, "a");
        assertThat(forcing.await(20, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<ProduceAck> repetition = send(1, "a");
        // what the leader alone answers came later, and shows that the repetition was looked at
        now(fixture.append(partition, Acks.LEADER, batch(2, "b")));
        assertThat(repetition).isNotDone();
        assertThat(original).isNotDone();

        go.countDown();

        assertThat(now(repetition)).isEqualTo(now(original));
        assertThat(now(repetition).outcome()).isEqualTo(Outcome.COMMITTED);
    }

    @Test
    void takesARepetitionInTheSameTurnForTheSameBatch() throws Exception {
        CountDownLatch appending = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        fixture.probes.get(0).beforeAppend = path -> {
            appending.countDown();
            awaitOn(go);
        };
        CompletableFuture<ProduceAck> plug = fixture.append(partition, Acks.ALL, "plug");
        assertThat(appending.await(20, TimeUnit.SECONDS)).isTrue();
        List<CompletableFuture<ProduceAck>> sent = List.of(send(0, "a"), send(1, "b"), send(0, "a"), send(2, "c"));
        go.countDown();

        now(plug);
        assertThat(sent)
                .extracting(IdempotentAppendTest::now)
                .extracting(ProduceAck::baseOffset)
                .containsExactly(1L, 2L, 1L, 3L);
        assertThat(fixture.values(partition)).containsExactly("plug", "a", "b", "c");
    }

    @Test
    void refusesABatchThatComesTooEarlyAndTakesItInItsTurn() throws Exception {
        now(send(0, "a"));

        ProduceAck early = now(send(2, "c"));

        assertThat(early.error()).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
        assertThat(early.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
        assertThat(early.message()).contains("orders-0", "sequence 2 to 2", "1 comes next");
        assertThat(now(send(1, "b")).outcome()).isEqualTo(Outcome.COMMITTED);
        assertThat(now(send(2, "c")).outcome()).isEqualTo(Outcome.COMMITTED);
        assertThat(fixture.values(partition)).containsExactly("a", "b", "c");
    }

    @Test
    void takesABatchAgainWhoseAppendFailed() throws Exception {
        now(send(0, "a"));
        fixture.probes.get(0).beforeAppend = path -> {
            throw new NoSpaceException("planned");
        };
        assertThat(now(send(1, "b")).error()).isEqualTo(ErrorCode.STORAGE_FULL);
        fixture.probes.get(0).beforeAppend = path -> {};
        fixture.usable.set(1 << 30);
        fixture.nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));

        assertThat(now(send(1, "b")).baseOffset()).isEqualTo(1);
        assertThat(fixture.values(partition)).containsExactly("a", "b");
    }

    @Test
    void knowsARepetitionAfterARestart() throws Exception {
        now(send(0, "a"));
        now(send(1, "b"));
        fixture.stop();
        fixture.open(directory);
        partition = fixture.partition("orders");

        assertThat(now(send(0, "a")).baseOffset()).isZero();
        assertThat(now(send(1, "b")).baseOffset()).isEqualTo(1);
        assertThat(now(send(2, "c")).baseOffset()).isEqualTo(2);
        assertThat(fixture.values(partition)).containsExactly("a", "b", "c");
    }

    @Test
    void knowsARepetitionAfterAKill(@TempDir Path copy) throws Exception {
        now(send(0, "a"));
        now(send(1, "b"));
        fixture.copyTo(copy);
        fixture.stop();
        fixture.open(copy);
        partition = fixture.partition("orders");

        assertThat(now(send(0, "a")).baseOffset()).isZero();
        assertThat(now(send(2, "c")).baseOffset()).isEqualTo(2);
        assertThat(fixture.values(partition)).containsExactly("a", "b", "c");
    }

    @Test
    void forgetsSilentProducers() throws Exception {
        now(send(0, "a"));
        partition.expireProducers(TestBatches.FIRST_TIMESTAMP + 999, 1_000);
        assertThat(partition.log().producerCount()).isEqualTo(1);

        partition.expireProducers(TestBatches.FIRST_TIMESTAMP + 1_000, 1_000);

        assertThat(partition.log().producerCount()).isZero();
    }

    private CompletableFuture<ProduceAck> send(int sequence, String... values) {
        return fixture.append(partition, Acks.ALL, batch(sequence, values));
    }

    private static TestBatches batch(int sequence, String... values) {
        return TestBatches.batch().producer(4, 0, sequence).values(values);
    }

    private static ProduceAck now(CompletableFuture<ProduceAck> answer) {
        return answer.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private static void awaitOn(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new IOException("nobody let it go on");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}

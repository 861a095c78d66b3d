package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendResult;
import io.penstock.client.serialization.Serdes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * Idempotent producers whose connections are cut again and again, and whose broker is killed and started again: every record
 * is in the log once, where its result says, in the order of its producer. {@code -Dpenstock.records}, {@code
 * -Dpenstock.rounds} (how often the broker is killed) and {@code -Dpenstock.seed} make it longer.
 */
@Timeout(3_600)
class DuplicateAndLossTest {

    private static final long SEED = Long.getLong("penstock.seed", 20_261_121L);
    private static final int RECORDS = Integer.getInteger("penstock.records", 20_000);
    private static final int ROUNDS = Integer.getInteger("penstock.rounds", 2);
    private static final int PRODUCERS = 4;
    private static final int PARTITIONS = 16;
    private static final long MOST_BETWEEN_CUTS_MS = 400;
    private static final String TOPIC = "once";

    @TempDir
    private Path directory = Path.of("");

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final AtomicLong committed = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final long[][] offsets = new long[PRODUCERS][RECORDS / PRODUCERS];
    private int cuts;
    private @Nullable ServerProcess server;

    @AfterEach
    void endServer() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void writesEveryRecordOnceAndInOrder() throws Exception {
        try (CuttingProxy proxy = new CuttingProxy()) {
            Files.write(config(), List.of("advertised.listeners=penstock://" + proxy.address()));
            start(proxy);
            PenstockClient client = PenstockClient.connect("penstock://" + proxy.address());
            client.admin()
                    .createTopic(new NewTopic(TOPIC, PARTITIONS, -1, Map.of()))
                    .block();
            long startNanos = System.nanoTime();
            produce(proxy);
            report(System.nanoTime() - startNanos);
            verify(client);
            client.closeNow();
        }
    }

    private void start(CuttingProxy proxy) throws IOException {
        ServerProcess started = ServerProcess.start(directory.resolve("data"), "--config", config().toString());
        server = started;
        proxy.server(started.address());
    }

    private void kill() throws Exception {
        if (server != null) {
            server.kill();
        }
    }

    private Path config() {
        return directory.resolve("penstock.properties");
    }

    private void produce(CuttingProxy proxy) throws Exception {
        List<PenstockClient> clients = new ArrayList<>();
        CountDownLatch ended = new CountDownLatch(PRODUCERS);
        List<Disposable> sending = new ArrayList<>();
        for (int number = 0; number < PRODUCERS; number++) {
            PenstockClient client = PenstockClient.connect("penstock://" + proxy.address());
            clients.add(client);
            sending.add(send(client, number, ended));
        }
        int killed = 0;
        while (!ended.await(1 + random.nextLong(MOST_BETWEEN_CUTS_MS), TimeUnit.MILLISECONDS)) {
            proxy.cut();
            cuts++;
            if (killed < ROUNDS && committed.get() > (killed + 1L) * RECORDS / (ROUNDS + 1)) {
                killed++;
                kill();
                start(proxy);
            }
        }
        assertThat(failure.get()).as("what went wrong, seed %s", SEED).isNull();
        assertThat(killed).as("how often the broker was killed").isEqualTo(ROUNDS);
        clients.forEach(PenstockClient::closeNow);
    }

    private Disposable send(PenstockClient client, int number, CountDownLatch ended) {
        Producer<byte[], byte[]> producer = client.producer(ProducerOptions.of(Serdes.bytes(), Serdes.bytes()));
        Arrays.fill(offsets[number], -1);
        return producer.send(Flux.range(0, RECORDS / PRODUCERS).map(i -> record(number, i)))
                .doFinally(signal -> ended.countDown())
                .subscribe(result -> enter(number, result), failure::set);
    }

    private static ProducerRecord<byte[], byte[]> record(int producer, int number) {
        byte[] value = ByteBuffer.allocate(100).putInt(producer).putInt(number).array();
        return ProducerRecord.<byte[], byte[]>of(TOPIC, value)
                .withPartition(number % PARTITIONS)
                .withCorrelation(number);
    }

    private void enter(int producer, SendResult result) {
        offsets[producer][(Integer) result.correlation()] = result.offset();
        committed.incrementAndGet();
    }

    private void report(long nanos) {
        System.out.printf(
                "%,d records by %d producers in %.1f s, %d cuts, %d kills%n",
                RECORDS, PRODUCERS, nanos / 1e9, cuts, ROUNDS);
    }

    private void verify(PenstockClient client) {
        BitSet[] seen = new BitSet[PRODUCERS];
        Arrays.setAll(seen, number -> new BitSet());
        int[][] next = new int[PRODUCERS][PARTITIONS];
        for (int[] ofProducer : next) {
            Arrays.setAll(ofProducer, partition -> partition);
        }
        client.consumer(ConsumerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                        .topics(TOPIC)
                        .build())
                .receive()
                .take(RECORDS)
                .doOnNext(record -> verify(record, seen, next))
                .blockLast(Duration.ofMinutes(10));
        long inLog = client.admin().describeTopic(TOPIC).block().partitions().stream()
                .mapToLong(partition -> partition.highWatermark())
                .sum();
        assertThat(inLog).as("records in the log, seed %s", SEED).isEqualTo(RECORDS);
        for (BitSet ofProducer : seen) {
            assertThat(ofProducer.cardinality()).as("records of a producer").isEqualTo(RECORDS / PRODUCERS);
        }
    }

    private void verify(ConsumerRecord<byte[], byte[]> record, BitSet[] seen, int[][] next) {
        ByteBuffer value = ByteBuffer.wrap(record.value());
        int producer = value.getInt();
        int number = value.getInt();
        if (seen[producer].get(number)
                || next[producer][record.partition()] != number
                || offsets[producer][number] != record.offset()) {
            throw new AssertionError("seed " + SEED + ": record " + number + " of producer " + producer + " at "
                    + record.partition() + "@" + record.offset() + ", where " + next[producer][record.partition()]
                    + " comes next, and its result said offset " + offsets[producer][number]);
        }
        seen[producer].set(number);
        next[producer][record.partition()] = number + PARTITIONS;
    }
}

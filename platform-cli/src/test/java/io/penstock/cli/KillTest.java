package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.producer.Batching;
import io.penstock.client.producer.OnError;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendResult;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.model.Guarantee;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * A server process that is killed while it is written to: what it acknowledged is there after its restart, at the
 * offset that it told, and nothing is there that was not sent. The moments come from a seed; {@code -Dpenstock.seed} and
 * {@code -Dpenstock.rounds} replay and prolong.
 */
@Timeout(300)
class KillTest {

    private static final long SEED = Long.getLong("penstock.seed", 20_261_120L);
    private static final int ROUNDS = Integer.getInteger("penstock.rounds", 4);
    private static final String TOPIC = "ledger";
    private static final int PARTITIONS = 3;
    private static final int MOST_ACKNOWLEDGED = 8_000;
    private static final int MOST_BYTES = 1_500;

    @TempDir
    private Path data = Path.of("");

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Set<String> sent = ConcurrentHashMap.newKeySet();
    private final Map<String, String> acknowledged = new ConcurrentHashMap<>();

    @Test
    void keepsEveryAcknowledgedRecordAtItsOffsetAndNothingThatWasNotSent() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            produceUntilKilled(round);
            verify(round);
        }
    }

    private void produceUntilKilled(int round) throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.start(data)) {
            PenstockClient client = PenstockClient.connect("penstock://" + server.address());
            if (round == 0) {
                client.admin()
                        .createTopic(NewTopic.of(TOPIC, PARTITIONS).withSetting("durability", "fsync"))
                        .block();
            }
            CountDownLatch enough = new CountDownLatch(1 + random.nextInt(MOST_ACKNOWLEDGED));
            Producer<byte[], byte[]> producer = client.producer(options());
            Disposable sending =
                    producer.send(records(round, random.split())).subscribe(result -> enter(result, enough));
            assertThat(enough.await(60, TimeUnit.SECONDS)).as(seed(round)).isTrue();

            server.kill();

            sending.dispose();
            client.closeNow();
        }
    }

    private static ProducerOptions<byte[], byte[]> options() {
        return ProducerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                .onError(OnError.CONTINUE)
                .deliveryTimeout(Duration.ofSeconds(2))
                .batching(Batching.DEFAULTS.withMaxBytes(16 << 10).withLinger(Duration.ofMillis(1)))
                .build();
    }

    private Flux<ProducerRecord<byte[], byte[]>> records(int round, SplittableRandom sizes) {
        return Flux.generate(() -> 0, (number, sink) -> {
            String value = round + "-" + number + "-" + "x".repeat(sizes.nextInt(MOST_BYTES));
            sent.add(value);
            sink.next(ProducerRecord.<byte[], byte[]>of(TOPIC, value.getBytes(UTF_8))
                    .withPartition(number % PARTITIONS)
                    .withCorrelation(value));
            return number + 1;
        });
    }

    private void enter(SendResult result, CountDownLatch enough) {
        if (!result.isFailed()) {
            assertThat(result.guarantee()).isEqualTo(Guarantee.FSYNCED);
            acknowledged.put(
                    result.partition() + "@" + result.offset(), (String) Objects.requireNonNull(result.correlation()));
            enough.countDown();
        }
    }

    private void verify(int round) throws IOException {
        try (ServerProcess server = ServerProcess.start(data)) {
            PenstockClient client = PenstockClient.connect("penstock://" + server.address());
            try {
                Map<String, String> found = read(client).stream()
                        .collect(Collectors.toMap(
                                record -> record.partition() + "@" + record.offset(),
                                record -> new String(Objects.requireNonNull(record.value()), UTF_8)));
                assertThat(found).as(seed(round)).containsAllEntriesOf(acknowledged);
                assertThat(sent).as(seed(round)).containsAll(found.values());
                assertThat(found.values()).as(seed(round)).doesNotHaveDuplicates();
            } finally {
                client.closeNow();
            }
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(PenstockClient client) {
        long there = Objects.requireNonNull(client.admin().describeTopic(TOPIC).block()).partitions().stream()
                .mapToLong(partition -> partition.highWatermark() - partition.logStartOffset())
                .sum();
        return client.consumer(ConsumerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                        .topics(TOPIC)
                        .build())
                .receive()
                .take(there)
                .collectList()
                .blockOptional(Duration.ofSeconds(60))
                .orElseThrow();
    }

    private static String seed(int round) {
        return "round " + round + ", replay with -Dpenstock.seed=" + SEED;
    }
}

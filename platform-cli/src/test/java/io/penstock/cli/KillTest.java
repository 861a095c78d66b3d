package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.consumer.OnOutOfRange;
import io.penstock.client.producer.Batching;
import io.penstock.client.producer.OnError;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendResult;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.model.Guarantee;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.Topics.PartitionDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A server process that is killed while it is written to, compacts and deletes, and now and then again before it is up:
 * what it acknowledged is there after its restart, at the offset that it told, unless a rule of the topic let it go; and
 * nothing is there that was not sent. The moments come from a seed; {@code -Dpenstock.seed} and {@code -Dpenstock.rounds}
 * replay and prolong.
 */
@Timeout(3_600)
class KillTest {

    private static final long SEED = Long.getLong("penstock.seed", 20_261_120L);
    private static final int ROUNDS = Integer.getInteger("penstock.rounds", 4);
    private static final int PARTITIONS = 2;
    private static final int MOST_ACKNOWLEDGED = 8_000;
    private static final int MOST_KILLED_STARTS = 2;
    private static final Duration LONGEST_GRACE = Duration.ofMillis(20);
    private static final long RETENTION_BYTES = 64 << 10;

    /** A topic for each thing that could lose records, with its settings and what its acknowledgements promise. */
    private enum Kind {
        FORCED(Guarantee.FSYNCED, Map.of("durability", "fsync", "segment.bytes", "262144")),
        REPLICATED(Guarantee.REPLICATED, Map.of("durability", "replicated", "segment.bytes", "262144")),
        COMPACTED(
                Guarantee.FSYNCED,
                Map.of("cleanup.policy", "compact", "segment.bytes", "32768", "min.cleanable.dirty.ratio", "0.01")),
        RETAINED(
                Guarantee.REPLICATED,
                Map.of(
                        "durability",
                        "replicated",
                        "segment.bytes",
                        "32768",
                        "retention.bytes",
                        Long.toString(RETENTION_BYTES)));

        private final Guarantee guarantee;
        private final Map<String, String> settings;

        Kind(Guarantee guarantee, Map<String, String> settings) {
            this.guarantee = guarantee;
            this.settings = settings;
        }

        String topic() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Kind of(String topic) {
            return valueOf(topic.toUpperCase(Locale.ROOT));
        }
    }

    @TempDir
    private Path directory = Path.of("");

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Map<TopicPartition, PartitionLedger> ledgers = new LinkedHashMap<>();
    private Duration lastStart = Duration.ofSeconds(1);

    @BeforeEach
    void configure() throws IOException {
        Files.write(config(), List.of("log.retention.check.interval.ms=20", "log.cleaner.backoff.ms=5"));
        for (Kind kind : Kind.values()) {
            for (int number = 0; number < PARTITIONS; number++) {
                TopicPartition partition = new TopicPartition(kind.topic(), number);
                ledgers.put(partition, new PartitionLedger(partition));
            }
        }
    }

    @Test
    void keepsEveryAcknowledgedRecordAtItsOffsetAndNothingThatWasNotSent() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            run(round);
            killStarts();
        }
        try (ServerProcess server = start()) {
            PenstockClient client = PenstockClient.connect("penstock://" + server.address());
            verify(client, ROUNDS);
            waitUntilRecordsWent(client);
            verify(client, ROUNDS);
            client.closeNow();
        }
    }

    private void run(int round) throws IOException, InterruptedException {
        try (ServerProcess server = start()) {
            PenstockClient client = PenstockClient.connect("penstock://" + server.address());
            if (round == 0) {
                createTopics(client);
            } else {
                verify(client, round);
            }
            boolean isLast = round == ROUNDS - 1;
            CountDownLatch enough =
                    new CountDownLatch(isLast ? MOST_ACKNOWLEDGED : 1 + random.nextInt(MOST_ACKNOWLEDGED));
            Duration grace = randomUpTo(LONGEST_GRACE);
            Producer<byte[], byte[]> producer = client.producer(options());
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            Disposable sending = producer.send(records(round, random.split()))
                    .subscribe(result -> enter(result, enough), failure::set);
            boolean isEnough = enough.await(120, TimeUnit.SECONDS);

            boolean wasAlive = server.killAfter(grace);
            assertThat(failure.get()).as(seed(round)).isNull();
            assertThat(isEnough && wasAlive).as(seed(round)).isTrue();

            sending.dispose();
            client.closeNow();
        }
    }

    /** Kills servers before they are up, or soon after. */
    private void killStarts() throws IOException, InterruptedException {
        int count = random.nextInt(MOST_KILLED_STARTS + 1);
        for (int i = 0; i < count; i++) {
            Process process = ServerProcess.launch(data(), "--config", config().toString());
            assertThat(ServerProcess.killAfter(process, randomUpTo(lastStart))).isTrue();
        }
    }

    private ServerProcess start() throws IOException {
        long startNanos = System.nanoTime();
        ServerProcess server = ServerProcess.start(data(), "--config", config().toString());
        lastStart = Duration.ofNanos(System.nanoTime() - startNanos);
        return server;
    }

    private Path data() {
        return directory.resolve("data");
    }

    private Path config() {
        return directory.resolve("penstock.properties");
    }

    private Duration randomUpTo(Duration longest) {
        return Duration.ofNanos((long) (longest.toNanos() * random.nextDouble()));
    }

    private static void createTopics(PenstockClient client) {
        for (Kind kind : Kind.values()) {
            client.admin()
                    .createTopic(new NewTopic(kind.topic(), PARTITIONS, -1, kind.settings))
                    .block();
        }
    }

    private static ProducerOptions<byte[], byte[]> options() {
        return ProducerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                .onError(OnError.CONTINUE)
                .deliveryTimeout(Duration.ofSeconds(2))
                .bufferMemory(2 << 20)
                .batching(Batching.DEFAULTS.withMaxBytes(8 << 10).withLinger(Duration.ofMillis(1)))
                .build();
    }

    /** For all partitions in a random order, so that the fast ones don't run away from the slow ones. */
    private Flux<ProducerRecord<byte[], byte[]>> records(int round, SplittableRandom choice) {
        List<PartitionLedger> all = List.copyOf(ledgers.values());
        return Flux.generate(sink -> {
            PlannedRecord record = all.get(choice.nextInt(all.size())).next(round);
            sink.next(ProducerRecord.of(
                            record.topic(),
                            record.key().getBytes(UTF_8),
                            record.value().getBytes(UTF_8))
                    .withPartition(record.partition())
                    .withCorrelation(record));
        });
    }

    private void enter(SendResult result, CountDownLatch enough) {
        if (!result.isFailed()) {
            PlannedRecord record = (PlannedRecord) Objects.requireNonNull(result.correlation());
            assertThat(result.guarantee()).isEqualTo(Kind.of(record.topic()).guarantee);
            ledger(record.topic(), record.partition()).acknowledge(result.offset(), record);
            enough.countDown();
        }
    }

    private PartitionLedger ledger(String topic, int partition) {
        return Objects.requireNonNull(ledgers.get(new TopicPartition(topic, partition)));
    }

    private void verify(PenstockClient client, int round) {
        for (Kind kind : Kind.values()) {
            try {
                verify(client, kind);
            } catch (AssertionError e) {
                throw new AssertionError(seed(round), e);
            }
        }
    }

    private void verify(PenstockClient client, Kind kind) {
        List<PartitionDescription> before;
        List<PartitionDescription> after = describe(client, kind);
        Map<Integer, NavigableMap<Long, PlannedRecord>> found;
        do {
            before = after;
            found = read(client, kind, before);
            after = describe(client, kind);
        } while (!starts(before).equals(starts(after)));
        for (PartitionDescription described : after) {
            verify(kind, described, Objects.requireNonNull(found.get(described.partition())));
        }
    }

    private void verify(Kind kind, PartitionDescription described, NavigableMap<Long, PlannedRecord> found) {
        PartitionLedger ledger = ledger(kind.topic(), described.partition());
        ledger.verifyTruth(found);
        if (kind == Kind.COMPACTED) {
            ledger.verifyNewest(found);
        } else {
            ledger.verifyExact(described, found);
        }
        if (kind != Kind.RETAINED) {
            assertThat(described.logStartOffset()).as("%s", ledger.partition()).isZero();
        } else if (described.logStartOffset() > 0) {
            assertThat(described.sizeInBytes()).as("%s", ledger.partition()).isGreaterThanOrEqualTo(RETENTION_BYTES);
        }
    }

    /** Or the rules that let records go would not have been tried. */
    private static void waitUntilRecordsWent(PenstockClient client) {
        Mono.fromSupplier(() -> haveRecordsGone(client))
                .repeat()
                .takeUntil(haveGone -> haveGone)
                .blockLast(Duration.ofSeconds(120));
    }

    private static boolean haveRecordsGone(PenstockClient client) {
        List<PartitionDescription> compacted = describe(client, Kind.COMPACTED);
        Map<Integer, NavigableMap<Long, PlannedRecord>> left = read(client, Kind.COMPACTED, compacted);
        return !starts(describe(client, Kind.RETAINED)).contains(0L)
                && compacted.stream()
                        .allMatch(partition -> Objects.requireNonNull(left.get(partition.partition()))
                                        .size()
                                < partition.highWatermark());
    }

    private static List<PartitionDescription> describe(PenstockClient client, Kind kind) {
        return Objects.requireNonNull(client.admin().describeTopic(kind.topic()).block())
                .partitions();
    }

    private static List<Long> starts(List<PartitionDescription> partitions) {
        return partitions.stream().map(PartitionDescription::logStartOffset).toList();
    }

    /** All records of a topic to the ends that were described, by partition and offset. */
    private static Map<Integer, NavigableMap<Long, PlannedRecord>> read(
            PenstockClient client, Kind kind, List<PartitionDescription> partitions) {
        Map<Integer, NavigableMap<Long, PlannedRecord>> found = new HashMap<>();
        Map<Integer, Long> open = new HashMap<>();
        for (PartitionDescription partition : partitions) {
            found.put(partition.partition(), new TreeMap<>());
            if (partition.highWatermark() > partition.logStartOffset()) {
                open.put(partition.partition(), partition.highWatermark());
            }
        }
        if (!open.isEmpty()) {
            ConsumerOptions<byte[], byte[]> all = ConsumerOptions.<byte[], byte[]>builder(
                            Serdes.bytes(), Serdes.bytes())
                    .topics(kind.topic())
                    .onOutOfRange(OnOutOfRange.EARLIEST)
                    .build();
            client.consumer(all)
                    .receive()
                    .doOnNext(record -> {
                        Objects.requireNonNull(found.get(record.partition())).put(record.offset(), planned(record));
                        open.computeIfPresent(
                                record.partition(), (number, end) -> record.offset() + 1 >= end ? null : end);
                    })
                    .takeUntil(record -> open.isEmpty())
                    .blockLast(Duration.ofSeconds(120));
        }
        return found;
    }

    private static PlannedRecord planned(ConsumerRecord<byte[], byte[]> record) {
        String value = new String(Objects.requireNonNull(record.value()), UTF_8);
        PlannedRecord planned = PlannedRecord.of(value);
        assertThat(value).isEqualTo(planned.value());
        assertThat(new String(Objects.requireNonNull(record.key()), UTF_8)).isEqualTo(planned.key());
        return planned;
    }

    private static String seed(int round) {
        return "round " + round + ", replay with -Dpenstock.seed=" + SEED + " -Dpenstock.rounds=" + ROUNDS;
    }
}

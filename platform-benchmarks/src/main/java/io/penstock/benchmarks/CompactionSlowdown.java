package io.penstock.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * How much slower producing and consuming are beside a compaction, on a running server: rounds without and with one, in
 * turn, and their medians. Start the server with {@code log.cleaner.backoff.ms=100}.
 */
public final class CompactionSlowdown {

    private static final Duration TURN = Duration.ofSeconds(2);
    private static final Duration SETTLING = Duration.ofSeconds(6);
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int VALUE_BYTES = 100;
    private static final int HEAP_VALUE_BYTES = 1000;
    private static final int HEAP_KEYS = 100_000;
    private static final int CONSUMED_RECORDS = 3_000_000;

    private enum Work {
        PRODUCE_FSYNC,
        PRODUCE_REPLICATED,
        CONSUME
    }

    private final PenstockClient client;
    private final long heapBytes;

    private CompactionSlowdown(PenstockClient client, long heapBytes) {
        this.client = client;
        this.heapBytes = heapBytes;
    }

    /**
     * Prints a line for each turn, and the medians.
     *
     * @param args the server's host and port, how many rounds, and how many MiB each compaction has before it
     */
    public static void main(String[] args) {
        PenstockClient client = PenstockClient.connect("penstock://" + args[0]);
        new CompactionSlowdown(client, Long.parseLong(args[2]) << 20).run(Integer.parseInt(args[1]));
        client.close().block();
    }

    private void run(int rounds) {
        create("consumed", Map.of("durability", "replicated"));
        send("consumed", CONSUMED_RECORDS, VALUE_BYTES);
        for (Work work : List.of(Work.PRODUCE_FSYNC, Work.PRODUCE_REPLICATED)) {
            create(topic(work), Map.of("durability", work == Work.PRODUCE_FSYNC ? "fsync" : "replicated"));
        }
        for (int round = 0; round < rounds; round++) {
            create(heap(round), Map.of("durability", "replicated", "segment.bytes", "67108864"));
            send(heap(round), heapBytes / HEAP_VALUE_BYTES, HEAP_VALUE_BYTES);
        }
        measure("warm up");
        Map<Work, double[]> alone = new EnumMap<>(Work.class);
        Map<Work, double[]> beside = new EnumMap<>(Work.class);
        for (Work work : Work.values()) {
            alone.put(work, new double[rounds]);
            beside.put(work, new double[rounds]);
        }
        for (int round = 0; round < rounds; round++) {
            settle();
            enter(round, measure("alone"), alone);
            settle();
            long before = size(heap(round));
            client.admin()
                    .alterTopic(heap(round), Map.of("cleanup.policy", "compact", "segment.ms", "1"), Set.of())
                    .block();
            Map<Work, Double> rates = measure("beside");
            System.out.printf(
                    Locale.ROOT, "%s had %d MiB, has %d%n", heap(round), before >> 20, size(heap(round)) >> 20);
            enter(round, rates, beside);
            awaitEndOfCompaction(heap(round));
        }
        for (Work work : Work.values()) {
            double without = median(alone.get(work));
            double with = median(beside.get(work));
            System.out.printf(
                    Locale.ROOT,
                    "%-18s alone %,12.0f/s, beside a compaction %,12.0f/s: %.1f %% slower%n",
                    work,
                    without,
                    with,
                    100 * (1 - with / without));
        }
    }

    /** What the last turn has left to write must not burden the next. */
    private static void settle() {
        Mono.delay(SETTLING).block();
    }

    private static void enter(int round, Map<Work, Double> rates, Map<Work, double[]> all) {
        rates.forEach((work, rate) -> Objects.requireNonNull(all.get(work))[round] = rate);
    }

    private static double median(double[] rates) {
        double[] sorted = rates.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private Map<Work, Double> measure(String how) {
        Map<Work, Double> rates = new EnumMap<>(Work.class);
        for (Work work : Work.values()) {
            Flux<?> records = work == Work.CONSUME ? received() : sent(topic(work), Long.MAX_VALUE, VALUE_BYTES);
            long start = System.nanoTime();
            long count = Objects.requireNonNull(records.take(TURN).count().block(PATIENCE));
            rates.put(work, count * 1e9 / (System.nanoTime() - start));
        }
        System.out.println(how + " " + rates);
        return rates;
    }

    /** The topic again and again, so that there is always something to read. */
    private Flux<?> received() {
        ConsumerOptions<byte[], byte[]> options = ConsumerOptions.<byte[], byte[]>builder(
                        Serdes.bytes(), Serdes.bytes())
                .topics("consumed")
                .build();
        return Flux.defer(() -> client.consumer(options).receive().take(CONSUMED_RECORDS))
                .repeat();
    }

    private void send(String topic, long records, int valueBytes) {
        sent(topic, records, valueBytes).blockLast(PATIENCE);
    }

    private Flux<?> sent(String topic, long records, int valueBytes) {
        ProducerOptions<byte[], byte[]> options = ProducerOptions.of(Serdes.bytes(), Serdes.bytes());
        return client.producer(options).send(records(topic, valueBytes).take(records));
    }

    private static Flux<ProducerRecord<byte[], byte[]>> records(String topic, int valueBytes) {
        return Flux.generate(() -> new SplittableRandom(1), (random, sink) -> {
            byte[] value = new byte[valueBytes];
            random.nextBytes(value);
            sink.next(ProducerRecord.of(
                    topic, Integer.toString(random.nextInt(HEAP_KEYS)).getBytes(UTF_8), value));
            return random;
        });
    }

    private void create(String name, Map<String, String> settings) {
        try {
            client.admin().createTopic(new NewTopic(name, 1, -1, settings)).block();
        } catch (PenstockException e) {
            if (e.code() != ErrorCode.TOPIC_ALREADY_EXISTS) {
                throw e;
            }
        }
    }

    private long size(String topic) {
        return Objects.requireNonNull(client.admin().describeTopic(topic).block())
                .partitions()
                .get(0)
                .sizeInBytes();
    }

    /** When its size has not changed for some time. */
    private void awaitEndOfCompaction(String topic) {
        Flux.interval(Duration.ofSeconds(2))
                .onBackpressureDrop()
                .concatMap(tick -> client.admin().describeTopic(topic))
                .map(described -> described.partitions().get(0).sizeInBytes())
                .buffer(3, 1)
                .takeUntil(sizes -> Set.copyOf(sizes).size() == 1)
                .blockLast(PATIENCE);
    }

    private static String heap(int round) {
        return "heap-" + round;
    }

    private static String topic(Work work) {
        return work.name().toLowerCase(Locale.ROOT);
    }
}

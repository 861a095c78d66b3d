package io.penstock.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * How much slower producing and consuming are beside a compaction, against a broker in a process of its own: pairs of a turn alone
 * and one beside a compaction of a topic that was filled for it. A pair counts only if the compaction was at work for the whole of the
 * second turn, and none during the first, as the broker's metrics tell.
 *
 * <pre>
 * CompactionSlowdown DIRECTORY PAIRS MIB
 * </pre>
 */
public final class CompactionSlowdown {

    private static final Duration TURN = Duration.ofSeconds(2);
    private static final Duration SETTLING = Duration.ofSeconds(6);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** A compaction that reads and writes nothing for so long has an end, or a gap that is not its throttle's. */
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    private static final int VALUE_BYTES = 100;
    private static final int HEAP_VALUE_BYTES = 1000;
    private static final int HEAP_KEYS = 100_000;
    private static final int CONSUMED_RECORDS = 3_000_000;

    private enum Work {
        PRODUCE_FSYNC,
        PRODUCE_REPLICATED,
        CONSUME
    }

    /** Rates in records a second. */
    private record Pair(double alone, double beside) {

        double ratio() {
            return beside / alone;
        }
    }

    /** A turn of some work, between two times of {@link System#nanoTime()}. */
    private record Turn(double rate, long startNanos, long endNanos) {}

    private final MeteredBroker broker;
    private final PenstockClient client;
    private final long heapBytes;
    private int heaps;

    private CompactionSlowdown(MeteredBroker broker, PenstockClient client, long heapBytes) {
        this.broker = broker;
        this.client = client;
        this.heapBytes = heapBytes;
    }

    /**
     * Prints a line for each pair, and the medians of those that count.
     *
     * @param args an empty directory for the broker, how many pairs of each work, and how many MiB each compaction has before it
     */
    public static void main(String[] args) throws Exception {
        try (MeteredBroker broker = MeteredBroker.start(Path.of(args[0]), "log.cleaner.backoff.ms=100")) {
            PenstockClient client = PenstockClient.connect(broker.endpoint());
            new CompactionSlowdown(broker, client, Long.parseLong(args[2]) << 20).run(Integer.parseInt(args[1]));
            client.close().block();
        }
    }

    private void run(int pairs) throws InterruptedException {
        create("consumed", Map.of("durability", "replicated"));
        send("consumed", CONSUMED_RECORDS, VALUE_BYTES);
        Map<Work, List<Pair>> counted = new EnumMap<>(Work.class);
        for (Work work : Work.values()) {
            create(topic(work), Map.of("durability", work == Work.PRODUCE_FSYNC ? "fsync" : "replicated"));
            counted.put(work, new ArrayList<>());
            turn(work); // warm
        }
        for (int i = 0; i < pairs; i++) {
            counted.forEach(this::measure);
        }
        counted.forEach(CompactionSlowdown::print);
    }

    private void measure(Work work, List<Pair> counted) {
        try {
            String heap = "heap-" + heaps++;
            create(heap, Map.of("durability", "replicated", "segment.bytes", "67108864"));
            send(heap, heapBytes / HEAP_VALUE_BYTES, HEAP_VALUE_BYTES);
            settle();
            Turn alone = turn(work);
            settle();
            client.admin()
                    .alterTopic(heap, Map.of("cleanup.policy", "compact", "segment.ms", "1"), Set.of())
                    .block();
            broker.awaitCompaction();
            Turn beside = turn(work);
            if (counts(work, alone, beside)) {
                counted.add(new Pair(alone.rate, beside.rate));
            }
            broker.awaitEnd(heap);
            client.admin().deleteTopic(heap).block();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean counts(Work work, Turn alone, Turn beside) {
        Duration without = broker.longestPause(alone.startNanos, alone.endNanos);
        Duration pause = broker.longestPause(beside.startNanos, beside.endNanos);
        boolean isAlone = without.toNanos() == alone.endNanos - alone.startNanos;
        boolean isBeside = pause.compareTo(LONGEST_PAUSE) <= 0;
        String flaw = isAlone ? "does not count, it was not at work all the time" : "does not count, it was not alone";
        System.out.printf(
                Locale.ROOT,
                "%-18s alone %,12.0f/s, beside a compaction %,12.0f/s, its longest pause %d ms%s%n",
                work,
                alone.rate,
                beside.rate,
                pause.toMillis(),
                isAlone && isBeside ? "" : ": " + flaw);
        return isAlone && isBeside;
    }

    private static void print(Work work, List<Pair> pairs) {
        if (pairs.isEmpty()) {
            System.out.println(work + ": no pair counts");
            return;
        }
        double alone = quantile(pairs, Pair::alone, 0.5);
        double beside = quantile(pairs, Pair::beside, 0.5);
        System.out.printf(
                Locale.ROOT,
                "%-18s %d pairs, medians alone %,12.0f/s, beside a compaction %,12.0f/s: %.1f %% slower;"
                        + " ratio of a pair %.2f, quartiles %.2f to %.2f%n",
                work,
                pairs.size(),
                alone,
                beside,
                100 * (1 - beside / alone),
                quantile(pairs, Pair::ratio, 0.5),
                quantile(pairs, Pair::ratio, 0.25),
                quantile(pairs, Pair::ratio, 0.75));
    }

    private static double quantile(List<Pair> pairs, ToDoubleFunction<Pair> value, double share) {
        double[] sorted = pairs.stream().mapToDouble(value).sorted().toArray();
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    /** What the last turn has left to write must not burden the next. */
    private static void settle() {
        Mono.delay(SETTLING).block();
    }

    private Turn turn(Work work) {
        Flux<?> records = work == Work.CONSUME ? received() : sent(topic(work), Long.MAX_VALUE, VALUE_BYTES);
        long start = System.nanoTime();
        long count = Objects.requireNonNull(records.take(TURN).count().block(PATIENCE));
        long end = System.nanoTime();
        return new Turn(count * 1e9 / (end - start), start, end);
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
        client.admin().createTopic(new NewTopic(name, 1, -1, settings)).block();
    }

    private static String topic(Work work) {
        return work.name().toLowerCase(Locale.ROOT);
    }
}

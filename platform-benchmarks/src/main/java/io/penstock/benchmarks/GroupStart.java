package io.penstock.benchmarks;

import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerEvent;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * How long a consumer of a group takes from its start to its first record on a running server: its client's connection,
 * the coordinator, the join, the metadata, the offsets and the first fetch. Each start has a client of its own, and a group
 * of its own, so that nothing but the start is waited for. The first
 * two, in a cold JVM, are told apart.
 */
public final class GroupStart {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String TOPIC = "group-start";
    private static final int RECORDS = 100;

    private enum Step {
        JOINED,
        ASSIGNED,
        STARTED,
        OPENED,
        RECORD
    }

    private final String server;
    private final String run = Long.toString(System.nanoTime(), Character.MAX_RADIX);

    private GroupStart(String server) {
        this.server = server;
    }

    /**
     * Prints how long each step was after the start.
     *
     * @param args the server's host and port, and how many starts to measure
     */
    public static void main(String[] args) {
        GroupStart starts = new GroupStart("penstock://" + args[0]);
        starts.prepare();
        starts.run(Integer.parseInt(args[1]));
    }

    private void prepare() {
        PenstockClient client = PenstockClient.connect(server);
        client.admin()
                .createTopic(new NewTopic(TOPIC, 1, -1, Map.of("durability", "replicated")))
                .onErrorComplete()
                .block();
        client.producer(ProducerOptions.of(Serdes.bytes(), Serdes.bytes()))
                .send(Flux.range(0, RECORDS).map(i -> ProducerRecord.of(TOPIC, new byte[100])))
                .blockLast(PATIENCE);
        client.close().block();
    }

    private void run(int starts) {
        System.out.printf("first start of the process: %s%n", inMillis(start(0)));
        System.out.printf("second: %s%n", inMillis(start(1)));
        Map<Step, long[]> nanos = new EnumMap<>(Step.class);
        for (int i = 0; i < starts; i++) {
            Map<Step, Long> took = start(i + 2);
            int number = i;
            took.forEach((step, time) -> nanos.computeIfAbsent(step, key -> new long[starts])[number] = time);
        }
        nanos.forEach((step, times) -> {
            Arrays.sort(times);
            System.out.printf(
                    "%-8s  p50 %6.1f ms  p99 %6.1f ms  max %6.1f ms%n",
                    step,
                    times[times.length / 2] / 1e6,
                    times[(times.length * 99 - 1) / 100] / 1e6,
                    times[times.length - 1] / 1e6);
        });
    }

    private static Map<Step, Long> inMillis(Map<Step, Long> nanos) {
        Map<Step, Long> millis = new EnumMap<>(nanos);
        millis.replaceAll((step, time) -> TimeUnit.NANOSECONDS.toMillis(time));
        return millis;
    }

    /** Nanoseconds from the start to each step. */
    private Map<Step, Long> start(int number) {
        Map<Step, Long> took = new EnumMap<>(Step.class);
        long startNanos = System.nanoTime();
        PenstockClient client = PenstockClient.connect(server);
        Consumer<byte[], byte[]> consumer =
                client.consumer(ConsumerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                        .topics(TOPIC)
                        .group(GroupOptions.of("start-" + run + "-" + number))
                        .build());
        consumer.events().subscribe(event -> {
            Step step = step(event);
            if (step != null) {
                enter(took, step, startNanos);
            }
        });
        consumer.receive()
                .doOnNext(record -> enter(took, Step.RECORD, startNanos))
                .blockFirst(PATIENCE);
        client.close().block();
        synchronized (took) {
            return new EnumMap<>(took);
        }
    }

    private static void enter(Map<Step, Long> took, Step step, long startNanos) {
        long nanos = System.nanoTime() - startNanos;
        synchronized (took) {
            took.putIfAbsent(step, nanos);
        }
    }

    private static @Nullable Step step(ConsumerEvent event) {
        if (event instanceof ConsumerEvent.Joined) {
            return Step.JOINED;
        }
        if (event instanceof ConsumerEvent.Assigned) {
            return Step.ASSIGNED;
        }
        if (event instanceof ConsumerEvent.Started) {
            return Step.STARTED;
        }
        return event instanceof ConsumerEvent.Opened ? Step.OPENED : null;
    }
}

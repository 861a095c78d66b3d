package io.penstock.benchmarks;

import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import io.penstock.server.Broker;
import io.penstock.server.BrokerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * How many records of one partition a member of a group handles in a second by {@code orderedByKey}, when the work for
 * each is to wait for an answer. Broker and client are in this JVM, with TCP between them. That no key is worked on twice
 * at a time, and that each key's records come in their order, is looked at for each record.
 */
public final class OrderedThroughput {

    private static final String TOPIC = "ordered";
    private static final int VALUE_BYTES = 100;
    private static final int ROUNDS = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Scheduler clock = Schedulers.newParallel("work", 1);
    private final int lanes;
    private final int records;
    private final Duration work;
    private final int keys;

    private OrderedThroughput(String[] args) {
        lanes = argument(args, 0, 256);
        records = argument(args, 1, 1_000_000);
        work = Duration.ofNanos(1_000L * argument(args, 2, 1_000));
        keys = argument(args, 3, 10_000);
    }

    private static int argument(String[] args, int position, int otherwise) {
        return args.length > position ? Integer.parseInt(args[position]) : otherwise;
    }

    /**
     * Prints a line for each round.
     *
     * @param args how many lanes (256), records (1,000,000), microseconds of work for each (1,000), and keys (10,000)
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        new OrderedThroughput(args).run();
    }

    private void run() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("penstock-ordered");
        Broker broker = Objects.requireNonNull(Broker.start(BrokerConfig.builder()
                        .dataDirectory(directory)
                        .listeners("penstock://127.0.0.1:0")
                        .build())
                .block(PATIENCE));
        PenstockClient client = PenstockClient.connect(broker.endpoint().toString());
        try {
            client.admin()
                    .createTopic(NewTopic.of(TOPIC, 1).withSetting("durability", "replicated"))
                    .block(PATIENCE);
            produce(client);
            for (int round = 1; round <= ROUNDS; round++) {
                handle(client, round);
            }
        } finally {
            client.closeNow();
            broker.stop().block(PATIENCE);
            clock.dispose();
        }
    }

    private void produce(PenstockClient client) {
        SplittableRandom random = new SplittableRandom(1);
        byte[] value = new byte[VALUE_BYTES];
        client.producer(ProducerOptions.<Integer, byte[]>of(Serdes.int32(), Serdes.bytes()))
                .send(Flux.range(0, records).map(i -> ProducerRecord.of(TOPIC, random.nextInt(keys), value)))
                .blockLast(PATIENCE);
    }

    private void handle(PenstockClient client, int round) throws InterruptedException {
        Consumer<Integer, byte[]> consumer =
                client.consumer(ConsumerOptions.<Integer, byte[]>builder(Serdes.int32(), Serdes.bytes())
                        .topics(TOPIC)
                        .group(GroupOptions.of("round-" + round))
                        .build());
        Turns turns = new Turns(keys, records);
        Disposable handling = consumer.orderedByKey(lanes, record -> {
                    turns.begin(record);
                    return Mono.delay(work, clock).doOnNext(done -> turns.end(record));
                })
                .subscribe(nothing -> {}, Throwable::printStackTrace);
        turns.done.await();
        double seconds = (turns.last - turns.first) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "round %d: %,.0f records/s; %,d records of %,d keys, %d lanes, %d µs each, at most %d at a time; %d out of order%n",
                round,
                records / seconds,
                records,
                keys,
                lanes,
                work.toNanos() / 1_000,
                turns.mostAtATime.get(),
                turns.violations.get());
        consumer.close().block(PATIENCE);
        handling.dispose();
    }

    /** Looks at who is at work. What is written for a key by one record is read by the next of that key only. */
    private static final class Turns {

        private final long[] lastOffsets;
        private final boolean[] atWork;
        private final AtomicInteger atATime = new AtomicInteger();
        private final AtomicInteger mostAtATime = new AtomicInteger();
        private final AtomicInteger violations = new AtomicInteger();
        private final CountDownLatch done = new CountDownLatch(1);
        private final AtomicInteger left;
        private volatile long first;
        private volatile long last;

        Turns(int keys, int records) {
            lastOffsets = new long[keys];
            Arrays.fill(lastOffsets, -1);
            atWork = new boolean[keys];
            left = new AtomicInteger(records);
        }

        void begin(ConsumerRecord<Integer, byte[]> record) {
            if (first == 0) {
                first = System.nanoTime();
            }
            int key = record.key();
            if (atWork[key] || record.offset() <= lastOffsets[key]) {
                violations.incrementAndGet();
            }
            atWork[key] = true;
            lastOffsets[key] = record.offset();
            mostAtATime.accumulateAndGet(atATime.incrementAndGet(), Math::max);
        }

        void end(ConsumerRecord<Integer, byte[]> record) {
            atWork[record.key()] = false;
            atATime.decrementAndGet();
            if (left.decrementAndGet() == 0) {
                last = System.nanoTime();
                done.countDown();
            }
        }
    }
}

package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendResult;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.transport.LeakProbe;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** What demand does from end to end, over a real broker. */
class DemandTest {

    private static final int RECORD_BYTES = 32 << 10;

    /** 1024 for the full gigabyte. */
    private static final int MEGABYTES = Integer.getInteger("penstock.test.megabytes", 128);

    @TempDir
    Path directory;

    private final LeakProbe leaks = new LeakProbe();
    private RunningBroker broker;
    private PenstockClient client;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(directory, Map.of("durability", "replicated"));
    }

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    /** A subscriber that asks when the test says so. */
    private static final class Asking extends BaseSubscriber<ConsumerRecord<byte[], byte[]>> {

        private final Map<Integer, Integer> next = new HashMap<>();
        private volatile int received;
        private volatile String wrong = "";

        @Override
        protected void hookOnSubscribe(Subscription subscription) {}

        @Override
        protected void hookOnNext(ConsumerRecord<byte[], byte[]> record) {
            int number = ByteBuffer.wrap(record.value()).getInt();
            int expected = next.getOrDefault(record.partition(), record.partition());
            if (number != expected) {
                wrong = "partition " + record.partition() + " gave " + number + ", expected was " + expected;
            }
            next.put(record.partition(), number + 4);
            received++;
        }
    }

    private static long directMemory() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }

    @Test
    void readsNothingForWhoAsksForNothingAndThenGivesAllInOrder() {
        client = PenstockClient.connect(broker.endpoint("penstock"));
        client.admin().createTopic(NewTopic.of("bulk", 4)).block(Await.TIMEOUT);
        Asking asking = new Asking();
        client.consumer(ConsumerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                        .topics("bulk")
                        .build())
                .receive()
                .subscribe(asking);
        Producer<byte[], byte[]> producer = client.producer(ProducerOptions.of(Serdes.bytes(), Serdes.bytes()));
        int records = MEGABYTES * ((1 << 20) / RECORD_BYTES);
        long before = directMemory();

        Long sent = producer.send(Flux.range(0, records).map(DemandTest::numbered))
                .count()
                .block(Await.TIMEOUT);

        assertThat(sent).isEqualTo(records);
        assertThat(broker.broker().status().bytesRead())
                .as("bytes that the broker has read")
                .isZero();
        assertThat(asking.received).isZero();
        assertThat(directMemory() - before)
                .as("direct memory, of which a producer's buffer and a few frames may stay pooled")
                .isLessThan(96L << 20);

        asking.request(1);
        Await.until("the first record", () -> asking.received == 1);
        asking.request(Long.MAX_VALUE);
        Await.until("all records", () -> asking.received == records);
        assertThat(asking.wrong).isEmpty();
        asking.cancel();
    }

    private static ProducerRecord<byte[], byte[]> numbered(int number) {
        byte[] value = new byte[RECORD_BYTES];
        ByteBuffer.wrap(value).putInt(number);
        return ProducerRecord.<byte[], byte[]>of("bulk", value).withPartition(number % 4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"penstock", "local"})
    void leavesNothingBehindWhenStreamsAreCancelledAtAnyMoment(String scheme) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        client = PenstockClient.connect(broker.endpoint(scheme));
        client.admin().createTopic(NewTopic.of("storm", 2)).block(Await.TIMEOUT);
        Producer<Integer, Integer> producer = client.producer(ProducerOptions.of(Serdes.int32(), Serdes.int32()));
        producer.send(Flux.range(0, 2_000).map(i -> ProducerRecord.of("storm", i)))
                .blockLast(Await.TIMEOUT);
        ConsumerOptions<Integer, Integer> options = ConsumerOptions.<Integer, Integer>builder(
                        Serdes.int32(), Serdes.int32())
                .topics("storm")
                .build();
        for (int round = 0; round < 150; round++) {
            Disposable sending = producer.send(Flux.range(0, 50).map(i -> ProducerRecord.of("storm", i)))
                    .subscribe();
            Flux<?> received = random.nextBoolean()
                    ? client.consumer(options).receive()
                    : client.consumer(options).receiveBatches().doOnNext(batch -> batch.close());
            Disposable receiving = received.take(1 + random.nextInt(3_000)).subscribe();
            for (int spin = random.nextInt(20_000); spin > 0; spin--) {
                Thread.onSpinWait();
            }
            sending.dispose();
            receiving.dispose();
        }
        producer.flush().block(Await.TIMEOUT);
        SendResult last =
                producer.send(ProducerRecord.<Integer, Integer>of("storm", 1)).block(Await.TIMEOUT);
        assertThat(last.isFailed()).as("seed " + seed).isFalse();
        producer.close().block(Await.TIMEOUT);
    }
}

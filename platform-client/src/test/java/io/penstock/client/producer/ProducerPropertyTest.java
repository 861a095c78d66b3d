package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.Await;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.transport.LeakProbe;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** Whatever the sizes, batches, memory, credit and demand: all results, in order, as asked for, within the memory. */
class ProducerPropertyTest {

    private static final int RECORDS = 600;
    private static final int MEMORY = 64 << 10;

    @Property(tries = 25)
    void givesEveryResultInOrderWithinMemoryAndDemand(@ForAll long seed) {
        Random random = new Random(seed);
        LeakProbe leaks = new LeakProbe();
        try (ScriptedBroker broker =
                ScriptedBroker.start().topic("t", 1 + random.nextInt(4)).initialCredit(1 + random.nextInt(4))) {
            PenstockClient client = PenstockClient.connect(broker.endpoint());
            // an hour in half of the cases: then only bytes, counts and want of memory close batches
            Duration linger = random.nextBoolean() ? Duration.ofHours(1) : Duration.ofMillis(random.nextInt(3));
            BatchingProducer<Integer, byte[]> producer = ((BatchingProducer<Integer, byte[]>)
                            client.producer(ProducerOptions.<Integer, byte[]>builder(Serdes.int32(), Serdes.bytes())
                                    .batching(new Batching(8 << 10, 1 + random.nextInt(100), linger))
                                    .maxRequestSize(16 << 10)
                                    .bufferMemory(MEMORY)
                                    .lanes(1 + random.nextInt(3))
                                    .build()))
                    .withLimits(3 + random.nextInt(50), 1 + random.nextInt(200));
            Checking checking = new Checking(random, producer);
            producer.send(Flux.range(0, RECORDS).map(i -> record(random, i))).subscribe(checking);
            // the last batch may wait for the linger: whoever wants it sooner flushes
            Await.until("all results, seed " + seed, () -> {
                if (checking.isDisposed()) {
                    return true;
                }
                producer.flush().block(Await.TIMEOUT);
                return false;
            });
            assertThat(checking.failure).as("seed " + seed).isEmpty();
            assertThat(checking.received.get()).as("seed " + seed).isEqualTo(RECORDS);
            producer.close().block(Await.TIMEOUT);
            assertThat(producer.usedMemory()).isZero();
            client.closeNow();
        }
        leaks.assertNone();
    }

    private static ProducerRecord<Integer, byte[]> record(Random random, int number) {
        Integer key = number % 3 == 0 ? null : number;
        byte[] value = new byte[number % 7 == 0 ? 9_000 : number % 300];
        return ProducerRecord.<Integer, byte[]>of("t", key, value).withCorrelation(number);
    }

    private static final class Checking extends BaseSubscriber<SendResult> {

        private final Random random;
        private final BatchingProducer<?, ?> producer;
        private final AtomicLong received = new AtomicLong();
        private final Map<Integer, Long> lastOffsets = new HashMap<>();
        private long asked;
        private volatile String failure = "";

        Checking(Random random, BatchingProducer<?, ?> producer) {
            this.random = new Random(random.nextLong());
            this.producer = producer;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            ask();
        }

        private void ask() {
            long n = 1 + random.nextInt(40);
            asked += n;
            request(n);
        }

        @Override
        protected void hookOnNext(SendResult result) {
            long number = received.getAndIncrement();
            check(number < asked, "more than was asked for");
            check(!result.isFailed(), "failed: " + result.error());
            check(Long.valueOf(number).equals(((Integer) result.correlation()).longValue()), "order at " + number);
            Long before = lastOffsets.put(result.partition(), result.offset());
            check(result.offset() == (before == null ? 0 : before + 1), "offset of " + number);
            check(producer.usedMemory() <= MEMORY, "memory");
            if (received.get() == asked) {
                ask();
            }
        }

        @Override
        protected void hookOnError(Throwable error) {
            failure = String.valueOf(error);
        }

        private void check(boolean holds, String otherwise) {
            if (!holds && failure.isEmpty()) {
                failure = otherwise;
            }
        }
    }
}

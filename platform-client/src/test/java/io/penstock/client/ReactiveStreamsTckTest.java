package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerEvent;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.consumer.OnFailure;
import io.penstock.client.consumer.OrderedOptions;
import io.penstock.client.consumer.PartitionRecords;
import io.penstock.client.consumer.ReceivedBatch;
import io.penstock.client.consumer.RetryPolicy;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.producer.Batching;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendResult;
import io.penstock.client.serialization.Serdes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.TestEnvironment;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The Reactive Streams TCK on every public publisher of records, over a real broker in this JVM. */
class ReactiveStreamsTckTest {

    private static final int RECORDS = 500;
    /** More than the TCK waits for, and fewer than are kept for one who does not ask. */
    private static final int MOST_EVENTS = 50;

    private static final TestEnvironment ENVIRONMENT = new TestEnvironment(5_000, 50, 10);

    @TempDir
    static Path directory;

    private final AtomicInteger groups = new AtomicInteger();

    private static RunningBroker broker;
    private static PenstockClient client;
    private static Producer<Integer, Integer> producer;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(directory, Map.of("durability", "replicated"));
        client = PenstockClient.connect(broker.endpoint("local"));
        // a record a batch, so that there are as many batches
        producer = client.producer(ProducerOptions.<Integer, Integer>builder(Serdes.int32(), Serdes.int32())
                .batching(new Batching(1 << 10, 1, Duration.ZERO))
                .build());
        List<SendResult> sent = producer.send(Flux.range(0, RECORDS).map(i -> ProducerRecord.of("tck", i)))
                .collectList()
                .block(Await.TIMEOUT);
        assertThat(sent).hasSize(RECORDS);
    }

    @AfterAll
    static void stop() {
        client.closeNow();
        broker.close();
    }

    private static Consumer<Integer, Integer> consumer() {
        return client.consumer(ConsumerOptions.<Integer, Integer>builder(Serdes.int32(), Serdes.int32())
                .topics("tck")
                .build());
    }

    @TestFactory
    Stream<DynamicTest> receive() {
        return TckRunner.testsOf(new Endless<ConsumerRecord<Integer, Integer>>() {
            @Override
            public Publisher<ConsumerRecord<Integer, Integer>> createPublisher(long elements) {
                return consumer().receive();
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> receiveBatches() {
        return TckRunner.testsOf(new Endless<ReceivedBatch<Integer, Integer>>() {
            @Override
            public Publisher<ReceivedBatch<Integer, Integer>> createPublisher(long elements) {
                return consumer().receiveBatches().doOnNext(ReceivedBatch::close);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> receiveByPartition() {
        return TckRunner.testsOf(new Endless<ConsumerRecord<Integer, Integer>>() {
            @Override
            public Publisher<ConsumerRecord<Integer, Integer>> createPublisher(long elements) {
                return consumer().receiveByPartition().concatMap(PartitionRecords::records);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> receiveInAGroup() {
        return TckRunner.testsOf(new Endless<ConsumerRecord<Integer, Integer>>() {
            @Override
            public Publisher<ConsumerRecord<Integer, Integer>> createPublisher(long elements) {
                return client.consumer(ConsumerOptions.<Integer, Integer>builder(Serdes.int32(), Serdes.int32())
                                .topics("tck")
                                .group(GroupOptions.of("tck-" + groups.incrementAndGet()))
                                .build())
                        .receive();
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> send() {
        Producer<Integer, Integer> batching = client.producer(ProducerOptions.of(Serdes.int32(), Serdes.int32()));
        return TckRunner.testsOf(new PublisherVerification<SendResult>(ENVIRONMENT) {
            @Override
            public Publisher<SendResult> createPublisher(long elements) {
                return batching.send(Flux.range(0, (int) Math.min(Integer.MAX_VALUE, elements))
                        .map(i -> ProducerRecord.of("tck-send", i)));
            }

            @Override
            public Publisher<SendResult> createFailedPublisher() {
                return batching.send(Mono.error(new IllegalStateException("of the user's publisher")));
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> sendAndForget() {
        return TckRunner.testsOf(new Empty() {
            @Override
            public Publisher<Void> createPublisher(long elements) {
                return producer.sendAndForget(Mono.just(ProducerRecord.of("tck-send", 1)));
            }

            @Override
            public Publisher<Void> createFailedPublisher() {
                return producer.sendAndForget(Mono.error(new IllegalStateException("of the user's publisher")));
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> orderedByKey() {
        return TckRunner.testsOf(new Empty() {
            @Override
            public Publisher<Void> createPublisher(long elements) {
                Consumer<Integer, Integer> closed = consumer();
                return closed.orderedByKey(
                        8, record -> Mono.fromRunnable(() -> closed.close().subscribe()));
            }

            @Override
            public Publisher<Void> createFailedPublisher() {
                return consumer()
                        .orderedByKey(
                                OrderedOptions.lanes(8)
                                        .withRetry(RetryPolicy.none())
                                        .withOnFailure(OnFailure.fail()),
                                record -> Mono.error(new IllegalStateException("of the user's handler")));
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> events() {
        return TckRunner.testsOf(new Endless<ConsumerEvent>() {
            @Override
            public Publisher<ConsumerEvent> createPublisher(long elements) {
                Consumer<Integer, Integer> eventful = consumer();
                Flux<ConsumerEvent> events = eventful.events();
                return subscriber -> {
                    events.subscribe(subscriber);
                    Flux.range(0, (int) Math.min(MOST_EVENTS, elements))
                            .concatMap(i -> eventful.receive().next())
                            .onErrorComplete() // of the client that is closed
                            .subscribe();
                };
            }
        });
    }

    /** A publisher that says nothing but its end. */
    private abstract static class Empty extends PublisherVerification<Void> {

        Empty() {
            super(ENVIRONMENT);
        }

        @Override
        public long maxElementsFromPublisher() {
            return 0;
        }
    }

    /** A publisher that never completes. */
    private abstract static class Endless<T> extends PublisherVerification<T> {

        Endless() {
            super(ENVIRONMENT);
        }

        @Override
        public long maxElementsFromPublisher() {
            return publisherUnableToSignalOnComplete();
        }

        @Override
        public Publisher<T> createFailedPublisher() {
            return null; // fails only once it was asked, which the TCK has no case for
        }
    }
}

package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.penstock.client.admin.Admin;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.admin.OffsetSpec;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendException;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.LeakProbe;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** What is asked of a client that was closed is refused at once: the timeout is far longer than any test waits. */
class ClosedClientTest {

    private static final TopicPartition T0 = new TopicPartition("t", 0);

    private final LeakProbe leaks = new LeakProbe();
    private final ScriptedBroker broker = ScriptedBroker.start().topic("t", 1);

    @AfterEach
    void stop() {
        broker.close();
        leaks.assertNone();
    }

    private ClientOptions.Builder options() {
        return ClientOptions.builder(broker.endpoint()).requestTimeout(Duration.ofHours(1));
    }

    private static Consumer<String, String> consumer(PenstockClient client) {
        return client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                .topics("t")
                .build());
    }

    private static Producer<String, String> producer(PenstockClient client) {
        return client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()));
    }

    private static void assertRefused(Publisher<?> answer) {
        StepVerifier.create(answer)
                .expectErrorSatisfies(ClosedClientTest::assertClosed)
                .verify(Await.TIMEOUT);
    }

    private static void assertClosed(Throwable error) {
        assertThat(error)
                .isInstanceOfSatisfying(
                        PenstockException.class,
                        known -> assertThat(known.code()).isEqualTo(ErrorCode.CLIENT_CLOSED));
    }

    static Stream<Arguments> operations() {
        return Stream.of(
                operation("createTopic", admin -> admin.createTopic(NewTopic.of("u"))),
                operation("validateTopic", admin -> admin.validateTopic(NewTopic.of("u"))),
                operation("topics", Admin::topics),
                operation("allTopics", Admin::allTopics),
                operation("describeTopic", admin -> admin.describeTopic("t")),
                operation("alterTopic", admin -> admin.alterTopic("t", Map.of("retention.ms", "1"), Set.of())),
                operation("deleteRecords", admin -> admin.deleteRecords(Map.of(T0, 1L))),
                operation("deleteTopic", admin -> admin.deleteTopic("t")),
                operation("listOffsets", admin -> admin.listOffsets(Map.of(T0, OffsetSpec.latest()))),
                operation("cluster", Admin::cluster));
    }

    private static Arguments operation(String name, Function<Admin, Publisher<?>> operation) {
        return Arguments.of(name, operation);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("operations")
    void refusesToAdministerAfterItWasUsed(String name, Function<Admin, Publisher<?>> operation) {
        PenstockClient client = PenstockClient.connect(options().build());
        Admin before = client.admin();
        before.cluster().block(Await.TIMEOUT);
        client.closeNow();
        assertRefused(operation.apply(before));
        assertRefused(operation.apply(client.admin()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("operations")
    void refusesToAdministerThoughItWasNeverUsed(String name, Function<Admin, Publisher<?>> operation) {
        PenstockClient client = PenstockClient.connect(options().build());
        client.closeNow();
        assertRefused(operation.apply(client.admin()));
        assertThat(broker.asked()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("operations")
    void refusesToAdministerOnARuntimeThatGoesOn(String name, Function<Admin, Publisher<?>> operation) {
        NodeRuntime runtime = NodeRuntime.create("shared");
        PenstockClient client =
                PenstockClient.connect(options().runtime(runtime).build());
        client.closeNow();
        assertRefused(operation.apply(client.admin()));
        runtime.close().block(Await.TIMEOUT);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("operations")
    void endsWhatIsAskedWhileItWaitsForABroker(String name, Function<Admin, Publisher<?>> operation) {
        broker.stopListening();
        PenstockClient client = PenstockClient.connect(options().build());
        List<Throwable> errors = new CopyOnWriteArrayList<>();
        Flux.from(operation.apply(client.admin())).subscribe(answer -> {}, errors::add);
        client.closeNow();
        Await.until("the error", () -> !errors.isEmpty());
        assertClosed(errors.get(0));
        broker.listenAgain();
    }

    @Test
    void makesNoProducer() {
        PenstockClient client = PenstockClient.connect(options().build());
        client.closeNow();
        assertThatExceptionOfType(PenstockException.class)
                .isThrownBy(() -> producer(client))
                .satisfies(ClosedClientTest::assertClosed);
    }

    @Test
    void refusesToSend() {
        PenstockClient client = PenstockClient.connect(options().build());
        Producer<String, String> used = producer(client);
        Producer<String, String> unused = producer(client);
        ProducerRecord<String, String> record = ProducerRecord.of("t", "v");
        used.send(record).block(Await.TIMEOUT);
        client.closeNow();
        for (Producer<String, String> producer : List.of(used, unused)) {
            for (Publisher<?> answer : List.of(producer.send(record), producer.send(Flux.just(record)))) {
                StepVerifier.create(answer)
                        .expectErrorSatisfies(error ->
                                assertThat(((SendException) error).code()).isEqualTo(ErrorCode.CLIENT_CLOSED))
                        .verify(Await.TIMEOUT);
            }
        }
    }

    @Test
    void hasNothingToFlushAndNoProducerToClose() {
        PenstockClient client = PenstockClient.connect(options().build());
        Producer<String, String> used = producer(client);
        Producer<String, String> unused = producer(client);
        used.send(ProducerRecord.<String, String>of("t", "v")).block(Await.TIMEOUT);
        client.closeNow();
        for (Producer<String, String> producer : List.of(used, unused)) {
            for (Publisher<Void> again : List.of(producer.flush(), producer.close())) {
                StepVerifier.create(again).expectComplete().verify(Await.TIMEOUT);
            }
        }
    }

    @Test
    void refusesToReceive() {
        PenstockClient client = PenstockClient.connect(options().build());
        Consumer<String, String> before = consumer(client);
        client.closeNow();
        Consumer<String, String> after = consumer(client);
        assertRefused(before.receive());
        assertRefused(before.receiveBatches());
        assertRefused(after.receive());
        assertRefused(after.receiveBatches());
        assertThat(broker.asked()).isEmpty();
    }

    @Test
    void completesTheEventsOfItselfAndItsConsumers() {
        PenstockClient client = PenstockClient.connect(options().build());
        client.closeNow();
        StepVerifier.create(client.events()).expectComplete().verify(Await.TIMEOUT);
        StepVerifier.create(consumer(client).events()).expectComplete().verify(Await.TIMEOUT);
    }
}

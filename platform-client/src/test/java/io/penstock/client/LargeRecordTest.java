package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendException;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Outcome;
import io.penstock.core.transport.LeakProbe;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** Records near the limits of frames, over TCP. */
class LargeRecordTest {

    private static final int SIZE = 6_000_000;

    @TempDir
    Path directory;

    private final LeakProbe leaks = new LeakProbe();
    private RunningBroker broker;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(directory, Map.of("frame.max.bytes", "16777215", "message.max.bytes", "8000000"));
    }

    @AfterEach
    void stop() {
        broker.close();
        leaks.assertNone();
    }

    private static Producer<String, byte[]> producer(PenstockClient client) {
        return client.producer(ProducerOptions.<String, byte[]>builder(Serdes.string(), Serdes.bytes())
                .maxRequestSize(8 << 20)
                .bufferMemory(64 << 20)
                .build());
    }

    @Test
    void passARecordThatTheBrokerAllows() {
        PenstockClient client = PenstockClient.connect(broker.endpoint("penstock"));
        client.admin().createTopic(NewTopic.of("t", 1)).block(Await.TIMEOUT);
        producer(client)
                .send(ProducerRecord.<String, byte[]>of("t", new byte[SIZE]))
                .block(Await.TIMEOUT);
        byte[] value = receive(client).blockFirst(Await.TIMEOUT).value();
        assertThat(value).hasSize(SIZE);
        client.closeNow();
    }

    @Test
    void makeNoLargerBatchesThanTheirTopicTakes() {
        PenstockClient client = PenstockClient.connect(broker.endpoint("penstock"));
        client.admin()
                .createTopic(NewTopic.of("small", 1).withSetting("max.message.bytes", "2000"))
                .block(Await.TIMEOUT);
        Producer<String, byte[]> producer = producer(client);
        Flux<ProducerRecord<String, byte[]>> records =
                Flux.range(0, 1_000).map(i -> ProducerRecord.of("small", new byte[100]));
        assertThat(producer.send(records).count().block(Await.TIMEOUT)).isEqualTo(1_000);
        assertThatThrownBy(() -> producer.send(ProducerRecord.<String, byte[]>of("small", new byte[2_000]))
                        .block(Await.TIMEOUT))
                .hasMessageContaining("max.message.bytes is 2000");
        client.closeNow();
    }

    @Test
    void failARecordThatTheClientsOwnLimitForbidsAndSendTheNext() {
        PenstockClient client = PenstockClient.connect(ClientOptions.builder(broker.endpoint("penstock"))
                .maxFrameBytes(1 << 20)
                .build());
        client.admin().createTopic(NewTopic.of("t", 1)).block(Await.TIMEOUT);
        Producer<String, byte[]> producer = producer(client);
        assertThatThrownBy(() -> producer.send(ProducerRecord.<String, byte[]>of("t", new byte[SIZE]))
                        .block(Await.TIMEOUT))
                .isInstanceOfSatisfying(SendException.class, error -> {
                    assertThat(error.code()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
                    assertThat(error.outcome()).isEqualTo(Outcome.NOT_WRITTEN);
                });
        assertThat(producer.send(ProducerRecord.<String, byte[]>of("t", new byte[10]))
                        .block(Await.TIMEOUT)
                        .offset())
                .isZero();
        client.closeNow();
    }

    @Test
    void endReceivingWhereABatchDoesNotFitTheClientsFrames() {
        PenstockClient writer = PenstockClient.connect(broker.endpoint("penstock"));
        writer.admin().createTopic(NewTopic.of("t", 1)).block(Await.TIMEOUT);
        Producer<String, byte[]> producer = producer(writer);
        for (int size : List.of(10, SIZE)) {
            producer.send(ProducerRecord.<String, byte[]>of("t", new byte[size]))
                    .block(Await.TIMEOUT);
        }
        PenstockClient reader = PenstockClient.connect(ClientOptions.builder(broker.endpoint("penstock"))
                .maxFrameBytes(1 << 20)
                .build());
        StepVerifier.create(receive(reader))
                .expectNextCount(1)
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                PenstockException.class,
                                known -> assertThat(known.code()).isEqualTo(ErrorCode.FRAME_TOO_LARGE))
                        .hasMessageContaining("t-0")
                        .hasMessageContaining("offset 1 ")
                        .hasMessageContaining("1048576")
                        .hasMessageContaining("maxFrameBytes"))
                .verify(Await.TIMEOUT);
        writer.closeNow();
        reader.closeNow();
    }

    @Test
    void receiveBatchesThatFitThoughTogetherTheyAreLargerThanAFrame() {
        PenstockClient client = PenstockClient.connect(ClientOptions.builder(broker.endpoint("penstock"))
                .maxFrameBytes(64 << 10)
                .build());
        client.admin().createTopic(NewTopic.of("t", 1)).block(Await.TIMEOUT);
        Producer<String, byte[]> producer = producer(client);
        for (int i = 0; i < 10; i++) {
            producer.send(ProducerRecord.<String, byte[]>of("t", new byte[20_000]))
                    .block(Await.TIMEOUT);
        }
        StepVerifier.create(receive(client).take(10))
                .expectNextCount(10)
                .expectComplete()
                .verify(Await.TIMEOUT);
        client.closeNow();
    }

    private static Flux<ConsumerRecord<String, byte[]>> receive(PenstockClient client) {
        return client.consumer(ConsumerOptions.<String, byte[]>builder(Serdes.string(), Serdes.bytes())
                        .topics("t")
                        .build())
                .receive();
    }
}

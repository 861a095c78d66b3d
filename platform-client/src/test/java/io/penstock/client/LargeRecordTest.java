package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendException;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Outcome;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records near the limits of frames, over TCP. */
class LargeRecordTest {

    private static final int SIZE = 6_000_000;

    @TempDir
    Path directory;

    private final Leaks leaks = new Leaks();
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
        byte[] value = client.consumer(ConsumerOptions.<String, byte[]>builder(Serdes.string(), Serdes.bytes())
                        .topics("t")
                        .build())
                .receive()
                .blockFirst(Await.TIMEOUT)
                .value();
        assertThat(value).hasSize(SIZE);
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
}

package io.penstock.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.ListOffsets;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.Topics;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.RSocketErrors;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** What one client may cost. */
class BrokerLimitsTest {

    @TempDir
    Path directory;

    @Test
    void refusesAWatchWhoseImageDoesNotFitAFrame() {
        try (BrokerFixture fixture = BrokerFixture.on(directory, "local:broker-limits")
                .with(BrokerSettings.FRAME_MAX_BYTES, 64 << 10)
                .with(BrokerSettings.MESSAGE_MAX_BYTES, 60_000)
                .with(BrokerSettings.FETCH_ELEMENT_MAX_BYTES, 60_000)
                .start()) {
            StockClient client = fixture.connect();
            assertRefused(ErrorCode.FRAME_TOO_LARGE, () -> client.createTopic("wide", 5000, Map.of()));

            assertRefused(
                    ErrorCode.FRAME_TOO_LARGE,
                    () -> Flux.defer(() -> client.socket()
                                    .requestStream(StockClient.opener(
                                            Verb.WATCH_METADATA, new Metadata.Request(1, List.of("wide"), false))))
                            .onErrorMap(RSocketErrors::fromRSocket)
                            .blockFirst(StockClient.TIMEOUT));

            assertThat(client.createTopic("narrow"))
                    .as("the connection goes on")
                    .isNotNull();
        }
    }

    @Test
    void allowsAConnectionNoMoreProduceChannelsThanItsLimit() {
        try (BrokerFixture fixture = BrokerFixture.on(directory, "local:broker-limits")
                .with(BrokerSettings.PRODUCE_CHANNELS_PER_CONNECTION_MAX, 3)
                .start()) {
            StockClient client = fixture.connect();
            List<Disposable> open = IntStream.range(0, 3)
                    .mapToObj(i -> client.produce(-1, Flux.never()).subscribe())
                    .toList();
            BrokerFixture.await(
                    "three are open", () -> fixture.broker().status().openStreams() == 3);

            assertRefused(
                    ErrorCode.TOO_MANY_STREAMS,
                    () -> client.produce(-1, Flux.never()).blockLast(StockClient.TIMEOUT));

            open.forEach(Disposable::dispose);
            BrokerFixture.await(
                    "all are closed", () -> fixture.broker().status().openStreams() == 0);
            assertThat(client.produce(-1, Flux.empty()).collectList().block(StockClient.TIMEOUT))
                    .isEmpty();
        }
    }

    @Test
    void allowsAStreamInThePlaceOfOneWhoseEndTheClientHasRead() {
        try (BrokerFixture fixture = BrokerFixture.on(directory, "local:broker-limits")
                .with(BrokerSettings.STREAMS_PER_CONNECTION_MAX, 1)
                .start()) {
            assertThat(fixture.connect()
                            .fetch(UUID.randomUUID(), 0, 0)
                            .repeat(99)
                            .collectList()
                            .block(StockClient.TIMEOUT))
                    .hasSize(100);
        }
    }

    @Test
    void opensNoLogForGoodToDescribeItOrToListItsOffsets() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (BrokerFixture fixture = BrokerFixture.on(directory, "local:broker-limits")
                .metrics(meters)
                .start()) {
            StockClient client = fixture.connect();
            client.createTopic("orders", 30, Map.of());

            client.askNow(Verb.DESCRIBE_TOPIC, new Topics.DescribeRequest(1, "orders"), Topics.Description.class);
            ListOffsets.Response offsets = client.askNow(
                    Verb.LIST_OFFSETS,
                    new ListOffsets.Request(
                            1,
                            IntStream.range(0, 30)
                                    .mapToObj(partition ->
                                            new ListOffsets.Query("orders", partition, ListOffsets.LATEST, -1))
                                    .toList()),
                    ListOffsets.Response.class);

            assertThat(offsets.answers()).extracting(ListOffsets.Answer::offset).containsOnly(0L);
            assertThat(meters.get("penstock.logs.open").gauge().value()).isZero();
        }
    }

    private static void assertRefused(ErrorCode code, ThrowingCallable request) {
        assertThatThrownBy(request)
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}

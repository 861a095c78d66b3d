package io.penstock.server;

import static io.penstock.server.BrokerFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Outcome;
import io.penstock.core.protocol.FetchRequest;
import io.penstock.core.protocol.Hello;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.ProduceRequest;
import io.penstock.core.protocol.Topics;
import io.penstock.core.protocol.Verb;
import io.penstock.core.record.TestBatches;
import io.penstock.core.transport.TcpEndpoint;
import io.rsocket.Payload;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/** Brokers that start, stop, fail to start, and meet peers that speak something else. */
class BrokerLifecycleTest {

    private static final String TCP = "penstock://127.0.0.1:0";

    @TempDir
    Path directory;

    @Test
    void refusesADirectoryThatAnotherBrokerHas() {
        try (BrokerFixture first = BrokerFixture.on(directory, TCP).start()) {
            assertThatThrownBy(() -> BrokerFixture.on(directory, "local:second").start())
                    .satisfies(BrokerLifecycleTest::isLocked)
                    .hasMessageContaining(directory.toString())
                    .hasMessageContaining("data.dir");
            assertThat(hello(first.connect()).brokerId()).isZero();
        }
    }

    @Test
    void leavesNothingBehindWhenAnEndpointCannotBeHad() {
        try (BrokerFixture taken =
                BrokerFixture.on(directory.resolve("a"), "local:taken").start()) {
            assertThat(taken.broker().endpoint()).isEqualTo("local:taken");
            BrokerConfig config = BrokerConfig.builder()
                    .dataDirectory(directory.resolve("b"))
                    .listeners(TCP, "local:taken")
                    .build();
            assertThatThrownBy(() -> Broker.start(config).block(StockClient.TIMEOUT))
                    .isInstanceOf(PenstockException.class);
            // the lock is free and the journal closed
            BrokerFixture.on(directory.resolve("b"), TCP).start().close();
        }
    }

    @Test
    void refusesADirectoryOfABrokerWithAnotherId() {
        BrokerFixture.on(directory, TCP).start().close();

        assertThatThrownBy(() -> BrokerFixture.on(directory, TCP)
                        .with(BrokerSettings.BROKER_ID, 4)
                        .start())
                .hasMessageContaining("broker.id = 4");
    }

    @Test
    void leavesEveryFileAsItWasWhenItRefusesToStart() throws Exception {
        try (BrokerFixture first = BrokerFixture.on(directory, TCP).start()) {
            first.connect().createTopic("orders");
        }
        Path journal = directory.resolve("__cluster_metadata-0/00000000000000000000.log");
        byte[] bytes = Files.readAllBytes(journal);
        bytes[30] ^= 1;
        Files.write(journal, bytes);
        Files.createDirectory(directory.resolve("left.0-delete"));
        Map<String, String> before = contents();

        assertRefused(BrokerFixture.on(directory, TCP), ErrorCode.CORRUPT_MESSAGE);

        assertThat(contents()).isEqualTo(before).containsKey(".clean-shutdown");
    }

    @Test
    void leavesNoLockBehindInADirectoryThatIsNotItsOwn() throws Exception {
        BrokerFixture.on(directory, TCP).start().close();
        Files.delete(directory.resolve(".lock"));
        Map<String, String> before = contents();

        assertRefused(BrokerFixture.on(directory, TCP).with(BrokerSettings.BROKER_ID, 7), ErrorCode.INVALID_CONFIG);

        assertThat(contents()).isEqualTo(before).containsKey(".clean-shutdown").doesNotContainKey(".lock");
    }

    private static void assertRefused(BrokerFixture broker, ErrorCode code) {
        assertThatThrownBy(broker::start)
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                contents.put(
                        directory.relativize(file).toString(),
                        Files.isDirectory(file) ? "" : HexFormat.of().formatHex(Files.readAllBytes(file)));
            }
        }
        return contents;
    }

    @Test
    void spreadsPartitionsOverItsDirectoriesAndRefusesToGoOnWithoutOne() {
        List<String> both = List.of(
                directory.resolve("a").toString(), directory.resolve("b").toString());
        try (BrokerFixture fixture = BrokerFixture.on(directory, TCP)
                .with(BrokerSettings.DATA_DIRS, both)
                .start()) {
            StockClient client = fixture.connect();
            UUID id = client.createTopic("orders", 4, Map.of()).id();
            Flux.range(0, 4)
                    .flatMap(partition ->
                            client.produce(-1, Flux.just(StockClient.element(0, id, partition, TestBatches.of("x")))))
                    .blockLast(StockClient.TIMEOUT);
        }
        for (String path : both) {
            assertThat(Path.of(path).toFile().list((parent, name) -> name.startsWith("orders-")))
                    .as(path)
                    .isNotEmpty();
            assertThat(Path.of(path, ".clean-shutdown")).exists();
        }
        assertThatThrownBy(() -> BrokerFixture.on(directory.resolve("a"), TCP).start())
                .isInstanceOf(PenstockException.class)
                .hasMessageContaining("are missing")
                .hasMessageContaining("directory.ids");
    }

    /** The next broker on the directory would meet them half gone. */
    @Test
    void leavesNothingOfADeletedTopicWhenItStops() {
        try (BrokerFixture fixture = BrokerFixture.on(directory, TCP).start()) {
            StockClient client = fixture.connect();
            UUID id = client.createTopic("orders", 60, Map.of()).id();
            Flux.range(0, 60)
                    .flatMap(partition ->
                            client.produce(-1, Flux.just(StockClient.element(0, id, partition, TestBatches.of("x")))))
                    .blockLast(StockClient.TIMEOUT);
            client.askNow(Verb.DELETE_TOPIC, new Topics.DeleteRequest(1, "orders", null), Topics.DeleteResponse.class);
        }
        assertThat(directory.toFile().list((parent, name) -> name.startsWith("orders")))
                .isEmpty();
    }

    @Test
    void runsManyTimesInOneJvmAndListensInSeveralPlaces() {
        try (BrokerFixture a = BrokerFixture.on(directory.resolve("a"), TCP, "local:many")
                        .start();
                BrokerFixture b = BrokerFixture.on(directory.resolve("b"), TCP).start()) {
            assertThat(a.broker().endpoints()).hasSize(2);
            assertThat(a.broker().clusterId()).isNotEqualTo(b.broker().clusterId());
            for (var endpoint : a.broker().endpoints()) {
                try (StockClient client = StockClient.connect(endpoint)) {
                    assertThat(hello(client).clusterId()).isEqualTo(a.broker().clusterId());
                }
            }
        }
    }

    @Test
    void measuresWhatItDoes() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        BrokerConfig config = BrokerConfig.builder()
                .dataDirectory(directory)
                .listeners("local:metrics")
                .metrics(registry)
                .build();
        Broker broker = Broker.start(config).block(StockClient.TIMEOUT);
        try (StockClient client = StockClient.connect(broker.endpoints().get(0))) {
            UUID id = client.createTopic("orders");
            client.produceNow(id, 0, TestBatches.of("a"));
            client.fetchNow(id, 0, 0, 1);

            assertThat(registry.get("penstock.connections").gauge().value()).isEqualTo(1);
            assertThat(registry.get("penstock.append").timer().count()).isEqualTo(1);
            assertThat(registry.get("penstock.fsync").timer().count()).isEqualTo(1);
            assertThat(registry.get("penstock.fetch.bytes").counter().count()).isPositive();
        } finally {
            broker.stop().block(StockClient.TIMEOUT);
        }
        assertThat(registry.find("penstock.connections").gauge()).isNull();
    }

    /** FINDINGS 8: disposing a server only stops listening; nothing that was acknowledged may be lost. */
    @ParameterizedTest
    @ValueSource(strings = {TCP, "local:draining"})
    void endsStreamsInBandAndAnswersWhatItTookWhenItStops(String listener) {
        BrokerFixture fixture = BrokerFixture.on(directory, listener).start();
        StockClient client = fixture.connect();
        UUID id = client.createTopic("orders");
        ConcurrentLinkedQueue<StockClient.Element> fetched = new ConcurrentLinkedQueue<>();
        Sinks.Empty<Void> fetchEnded = Sinks.empty();
        client.fetch(id, 0, 0).doOnComplete(fetchEnded::tryEmitEmpty).subscribe(fetched::add);
        ConcurrentLinkedQueue<ProduceAck> acks = new ConcurrentLinkedQueue<>();
        Sinks.Empty<Void> produceEnded = Sinks.empty();
        Flux<Payload> endless = Flux.generate(() -> 0, (correlation, sink) -> {
            sink.next(StockClient.element(correlation, id, 0, TestBatches.ofSize(5, 100)));
            return correlation + 1;
        });
        client.produce(-1, endless).doOnComplete(produceEnded::tryEmitEmpty).subscribe(acks::add);
        await("the lane runs", () -> acks.size() > 100);

        fixture.stop();

        fetchEnded.asMono().block(StockClient.TIMEOUT);
        produceEnded.asMono().block(StockClient.TIMEOUT);
        assertThat(fetched)
                .last()
                .extracting(element -> element.header().error())
                .isEqualTo(ErrorCode.BROKER_CLOSING);
        long committed =
                acks.stream().filter(ack -> ack.outcome() == Outcome.COMMITTED).count();
        assertThat(acks).extracting(ProduceAck::outcome).isSubsetOf(Outcome.COMMITTED, Outcome.NOT_WRITTEN);
        fixture.start();
        StockClient again = fixture.connect();
        assertThat(again.fetchNow(id, 0, 0, (int) committed * 5)).hasSize((int) committed * 5);
        assertThat(again.askNow(Verb.DESCRIBE_TOPIC, new Topics.DescribeRequest(1, "orders"), Topics.Description.class)
                        .partitions()
                        .get(0)
                        .highWatermark())
                .as("what was sent and had no answer when the channel completed was not written")
                .isEqualTo(committed * 5);
        fixture.close();
    }

    @Test
    void completesAStreamWithoutDemandWhenItStops() {
        BrokerFixture fixture = BrokerFixture.on(directory, TCP).start();
        StockClient client = fixture.connect();
        UUID id = client.createTopic("orders");
        client.produceNow(id, 0, TestBatches.of("a"));
        Sinks.Empty<Void> ended = Sinks.empty();
        ConcurrentLinkedQueue<StockClient.Element> elements = new ConcurrentLinkedQueue<>();
        client.fetch(id, 0, 0).doOnComplete(ended::tryEmitEmpty).subscribe(new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                request(1);
            }

            @Override
            protected void hookOnNext(StockClient.Element element) {
                elements.add(element);
            }
        });
        await("the element", () -> elements.size() == 1);

        fixture.stop();

        ended.asMono().block(StockClient.TIMEOUT);
        assertThat(elements)
                .singleElement()
                .satisfies(element -> assertThat(element.values()).containsExactly("a"));
        fixture.close();
    }

    /** FINDINGS 1: a stream goes silent when its cumulative demand reaches 2^31-1, so it is ended long before. */
    @Test
    void rollsAStreamAndAChannelOver() {
        try (BrokerFixture fixture = BrokerFixture.on(directory, TCP)
                .with(BrokerSettings.FETCH_STREAM_MAX_ELEMENTS, 3L)
                .start()) {
            StockClient client = fixture.connect();
            UUID id = client.createTopic("orders");
            ConcurrentLinkedQueue<ProduceAck> acks = new ConcurrentLinkedQueue<>();
            client.produce(
                            -1,
                            Flux.range(0, 3)
                                    .concatWith(Flux.never())
                                    .map(i -> StockClient.element(i, id, 0, TestBatches.of("v" + i))))
                    .doOnNext(acks::add)
                    .blockLast(StockClient.TIMEOUT);
            client.produceNow(id, 0, TestBatches.of("v3"));

            List<StockClient.Element> elements = client.fetch(new FetchRequest(1, null, id, 0, 0, -1, 1, 0))
                    .collectList()
                    .block(StockClient.TIMEOUT);

            assertThat(acks).hasSize(3);
            assertThat(elements).hasSize(4);
            assertThat(elements.get(3).header().error()).isEqualTo(ErrorCode.STREAM_ROLLED_OVER);
            assertThat(elements.get(3).header().nextOffset()).isEqualTo(3);
        }
    }

    /**
     * FINDINGS 5: a handler whose subscription comes after a REQUEST_N frame ends the whole connection by a
     * NullPointerException. So the frames of many streams, each with more demand right behind it, come in one write.
     */
    @Test
    void bearsDemandThatComesRightBehindTheRequest() throws Exception {
        try (BrokerFixture fixture = BrokerFixture.on(directory, TCP).start()) {
            UUID id = fixture.connect().createTopic("orders");
            TcpEndpoint endpoint = (TcpEndpoint) fixture.endpoint();
            int streams = 60;
            try (Socket socket = new Socket(endpoint.host(), endpoint.port())) {
                RawFrames frames = new RawFrames().setup();
                for (int i = 0; i < streams; i += 2) {
                    frames.stream(
                                    2 * i + 1,
                                    StockClient.opener(Verb.FETCH, new FetchRequest(1, null, id, 0, 0, -1, 0, 0)))
                            .demand(2 * i + 1, 5)
                            .channel(2 * i + 3, StockClient.opener(Verb.PRODUCE, new ProduceRequest(1, -1)))
                            .demand(2 * i + 3, 5);
                }
                socket.getOutputStream().write(frames.bytesAndRelease());

                await("all streams are open", () -> fixture.broker().status().openStreams() == streams);
            }
            await("all streams have ended", () -> fixture.broker().status().openStreams() == 0);
        }
    }

    @Test
    void survivesGarbageOnItsPort() throws Exception {
        try (BrokerFixture fixture = BrokerFixture.on(directory, TCP).start()) {
            StockClient client = fixture.connect();
            TcpEndpoint endpoint = (TcpEndpoint) fixture.endpoint();
            Random random = new Random(42);
            for (int i = 0; i < 20; i++) {
                byte[] garbage = new byte[1 + random.nextInt(5000)];
                random.nextBytes(garbage);
                try (Socket socket = new Socket(endpoint.host(), endpoint.port())) {
                    OutputStream out = socket.getOutputStream();
                    out.write(garbage);
                    out.flush();
                } catch (IOException e) {
                    // the broker may close in the middle of a write
                    assertThat(e).isInstanceOf(SocketException.class);
                }
                assertThat(hello(client).brokerId()).isZero();
            }
            await("the peers are gone", () -> fixture.broker().status().connections() == 1);
        }
    }

    @Test
    void endsTheConnectionOfAPeerWithTooLargeAFrameAndNoOther() {
        try (BrokerFixture fixture = BrokerFixture.on(directory, TCP)
                .with(BrokerSettings.FRAME_MAX_BYTES, 1 << 20)
                .with(BrokerSettings.MESSAGE_MAX_BYTES, 100_000)
                .start()) {
            StockClient peer = fixture.connect();
            StockClient other = fixture.connect();
            UUID id = other.createTopic("orders");

            assertThatThrownBy(() -> peer.produce(
                                    -1,
                                    Flux.defer(() -> Flux.just(StockClient.element(
                                            1,
                                            id,
                                            0,
                                            ByteBufAllocator.DEFAULT
                                                    .directBuffer()
                                                    .writeZero(2 << 20)))))
                            .blockLast(StockClient.TIMEOUT))
                    .isInstanceOf(PenstockException.class);
            peer.socket().onClose().onErrorComplete().block(StockClient.TIMEOUT);
            assertThat(other.produceNow(id, 0, TestBatches.of("a"))).hasSize(1);
        }
    }

    @Test
    void keepsItsPromiseOfAShutdownTimeout() {
        BrokerFixture fixture = BrokerFixture.on(directory, TCP)
                .with(BrokerSettings.SHUTDOWN_TIMEOUT_MS, 200L)
                .start();
        StockClient client = fixture.connect();
        UUID id = client.createTopic("orders");
        Sinks.Many<Payload> elements = Sinks.many().unicast().onBackpressureBuffer();
        // takes no answer, so the lane can't end by itself
        client.produce(-1, elements.asFlux()).subscribe(new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                request(1);
            }
        });
        elements.tryEmitNext(StockClient.element(1, id, 0, TestBatches.of("a")));
        elements.tryEmitNext(StockClient.element(2, id, 0, TestBatches.of("b")));
        await(
                "both are in the log",
                () -> client.askNow(
                                        Verb.DESCRIBE_TOPIC,
                                        new Topics.DescribeRequest(1, "orders"),
                                        Topics.Description.class)
                                .partitions()
                                .get(0)
                                .highWatermark()
                        == 2);

        fixture.broker().stop().block(Duration.ofSeconds(10));

        fixture.start();
        assertThat(fixture.connect().fetchNow(id, 0, 0, 2)).containsExactly("a", "b");
        fixture.close();
    }

    private static Hello.Response hello(StockClient client) {
        return client.askNow(Verb.HELLO, new Hello.Request(1, null, null), Hello.Response.class);
    }

    private static void isLocked(Throwable error) {
        assertThat(error)
                .isInstanceOfSatisfying(
                        PenstockException.class,
                        known -> assertThat(known.code()).isEqualTo(ErrorCode.DIRECTORY_LOCKED));
    }
}

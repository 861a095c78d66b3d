package io.penstock.server;

import static io.penstock.server.BrokerFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.protocol.FetchRequest;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.protocol.Verb;
import io.penstock.core.record.TestBatches;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.LeakProbe;
import io.penstock.core.transport.TcpEndpoint;
import io.rsocket.Payload;
import io.rsocket.core.RSocketConnector;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.transport.netty.client.TcpClientTransport;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.netty.tcp.TcpClient;

/** The broker under many hands at once. */
class BrokerStressTest {

    private static final String TCP = "penstock://127.0.0.1:0";

    @TempDir
    Path directory;

    /**
     * FINDINGS 16a: bytes of a received frame that are touched by the buffer's internal NIO view race with the event
     * loop, and later frames arrive as zeros. The race needs luck; this looks for its outcome, on disk and in answers:
     * a batch whose CRC is not the one that the producer gave it.
     */
    @Test
    void writesWhatItReceivedUnderLoadOverTcp() {
        try (BrokerFixture fixture = BrokerFixture.on(directory, TCP).start()) {
            StockClient client = fixture.connect();
            UUID id = client.createTopic("orders", 4, Map.of("durability", "replicated"))
                    .id();
            int lanes = 4;
            int batches = 250;
            Flux<ProduceAck> acks = Flux.merge(IntStream.range(0, lanes)
                    .mapToObj(lane -> client.produce(
                            -1,
                            Flux.range(0, batches)
                                    .map(i -> StockClient.element(i, id, lane, TestBatches.ofSize(1, 60_000 + i)))))
                    .toList());

            List<ErrorCode> errors =
                    acks.map(ProduceAck::error).distinct().collectList().block(StockClient.TIMEOUT);

            assertThat(errors).containsExactly(ErrorCode.NONE);
            for (int partition = 0; partition < lanes; partition++) {
                // the fixture's client checks the CRC of every batch
                assertThat(client.fetchNow(id, partition, 0, batches)).hasSize(batches);
            }
        }
    }

    /** FINDINGS 17 and point 6 of the issue: a cancel interrupts nobody, closes no file, leaks nothing. */
    @Test
    void bearsTenThousandCancelsDuringReadsAndWrites() {
        NodeRuntime runtime = NodeRuntime.builder("cancelled").ioThreads(4).build();
        BrokerConfig config = BrokerConfig.builder()
                .dataDirectory(directory)
                .listeners(TCP, "local:cancelled")
                .build();
        LeakProbe leaks = new LeakProbe();
        Broker broker = Broker.start(config, runtime).block(StockClient.TIMEOUT);
        Random random = new Random(20261120);
        try (StockClient tcp = StockClient.connect(broker.endpoints().get(0));
                StockClient local = StockClient.connect(broker.endpoints().get(1))) {
            UUID id = tcp.createTopic("orders", 2, Map.of("segment.bytes", "100000"))
                    .id();
            tcp.produceNow(
                    id, 0, TestBatches.ofSize(10, 1000), TestBatches.ofSize(10, 1000), TestBatches.ofSize(10, 1000));
            Deque<Disposable> open = new ArrayDeque<>();
            for (int i = 0; i < 10_000; i++) {
                StockClient client = random.nextBoolean() ? tcp : local;
                Flux<?> stream = random.nextInt(4) == 0
                        ? client.produce(-1, endless(id))
                        : client.fetch(new FetchRequest(1, null, id, 0, random.nextInt(30), -1, 1000, 0));
                // cancelled by itself after some elements, at once, or when others have come after it
                open.add(stream.take(1 + random.nextInt(4)).subscribe());
                while (open.size() > random.nextInt(20)) {
                    open.remove().dispose();
                }
            }
            open.forEach(Disposable::dispose);

            await("no stream is left", () -> broker.status().openStreams() == 0);
            await(
                    "no task is left",
                    () -> runtime.readers().activeTasks() == 0
                            && runtime.appenders().activeTasks() == 0);
            await(
                    "nothing is held",
                    () -> broker.status().unsentBytes() == 0 && broker.status().produceInflightBytes() == 0);
            assertThat(tcp.fetchNow(id, 0, 0, 30)).as("the files are open").hasSizeGreaterThanOrEqualTo(30);
            assertThat(tcp.produceNow(id, 0, TestBatches.of("last")))
                    .extracting(ProduceAck::error)
                    .containsExactly(ErrorCode.NONE);
        } finally {
            broker.stop().block(StockClient.TIMEOUT);
            runtime.close().block(StockClient.TIMEOUT);
        }
        leaks.assertNone();
    }

    private static Flux<Payload> endless(UUID id) {
        return Flux.generate(sink -> sink.next(StockClient.element(0, id, 1, TestBatches.of("x"))));
    }

    /** Point 4 of the issue, with the real broker's fetch. */
    @Test
    void holdsNoMoreThanItsLimitForPeersThatReadNothingAndServesTheOthers() {
        try (BrokerFixture fixture = BrokerFixture.on(directory, TCP)
                .with(BrokerSettings.UNSENT_TOTAL_MAX_BYTES, 64L << 20)
                .with(BrokerSettings.UNSENT_CONNECTION_MAX_BYTES, 4L << 20)
                .with(BrokerSettings.FETCH_ELEMENT_MAX_BYTES, 100 << 10)
                .start()) {
            StockClient client = fixture.connect();
            UUID id = client.createTopic("orders", 1, Map.of("durability", "replicated"))
                    .id();
            int batches = 300;
            client.produce(
                            -1,
                            Flux.range(0, batches)
                                    .map(i -> StockClient.element(i, id, 0, TestBatches.ofSize(1, 100_000))))
                    .blockLast(StockClient.TIMEOUT);
            List<Channel> stuck = new ArrayList<>();
            TcpEndpoint endpoint = (TcpEndpoint) fixture.endpoint();
            ConcurrentLinkedQueue<Channel> opened = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < 100; i++) {
                var socket = RSocketConnector.create()
                        .payloadDecoder(PayloadDecoder.ZERO_COPY)
                        .metadataMimeType("message/x.rsocket.composite-metadata.v0")
                        .dataMimeType("application/cbor")
                        .connect(TcpClientTransport.create(TcpClient.create()
                                .host(endpoint.host())
                                .port(endpoint.port())
                                .doOnChannelInit((observer, channel, address) -> opened.add(channel))))
                        .block(StockClient.TIMEOUT);
                Channel connection = opened.remove();
                stuck.add(connection);
                connection.config().setAutoRead(false);
                socket.requestStream(StockClient.opener(Verb.FETCH, new FetchRequest(1, null, id, 0, 0, -1, 0, 0)))
                        .doOnNext(Payload::release)
                        .subscribe(element -> {}, error -> {});
            }
            long[] most = {0};

            for (int round = 0; round < 3; round++) {
                int[] records = {0};
                client.fetch(id, 0, 0)
                        .doOnNext(element -> most[0] =
                                Math.max(most[0], fixture.broker().status().unsentBytes()))
                        .takeUntil(element -> (records[0] += element.values().size()) >= batches)
                        .blockLast(StockClient.TIMEOUT);
                assertThat(records[0]).isEqualTo(batches);
            }

            assertThat(most[0]).isPositive().isLessThanOrEqualTo((64L << 20) + (1 << 20));
            stuck.forEach(connection -> connection.close().syncUninterruptibly());
        }
    }

    @Test
    void keepsTheOrderOfEveryLaneInItsPartition() {
        try (BrokerFixture fixture = BrokerFixture.on(directory, TCP).start()) {
            StockClient client = fixture.connect();
            UUID id = client.createTopic("orders", 3, Map.of("segment.bytes", "20000"))
                    .id();
            int batches = 400;

            Flux.merge(IntStream.range(0, 3)
                            .mapToObj(partition -> client.produce(
                                    -1,
                                    Flux.range(0, batches)
                                            .map(i -> StockClient.element(i, id, partition, TestBatches.of("v" + i)))))
                            .toList())
                    .blockLast(StockClient.TIMEOUT);

            List<String> expected =
                    IntStream.range(0, batches).mapToObj(i -> "v" + i).toList();
            for (int partition = 0; partition < 3; partition++) {
                assertThat(client.fetchNow(id, partition, 0, batches)).isEqualTo(expected);
            }
        }
    }
}

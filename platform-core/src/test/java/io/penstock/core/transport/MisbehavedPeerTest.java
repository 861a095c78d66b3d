package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.core.transport.TransportContract.EchoResponder;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.exceptions.RejectedSetupException;
import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import io.rsocket.util.ByteBufPayload;
import io.rsocket.util.DefaultPayload;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What peers that break the rules, or read nothing, cost: their own limits and their own connection. */
class MisbehavedPeerTest {

    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;
    private static final long MANY = Integer.MAX_VALUE - 1;

    /** What the kernel takes for a socket that nobody reads: the send buffer grows to 4 MiB on Linux by default. */
    private static final long KERNEL_BYTES = 16 * MIB;

    private final TransportFixture fixture = new TransportFixture();
    private final List<RawPeer> peers = new ArrayList<>();
    private final AtomicLong readBytes = new AtomicLong();

    @BeforeEach
    void begin() {
        fixture.begin();
    }

    @AfterEach
    void endWithoutLeaks() throws IOException {
        for (RawPeer peer : peers) {
            peer.close();
        }
        fixture.end();
    }

    private RawPeer peer(TransportServer server) throws IOException {
        RawPeer peer = new RawPeer(server);
        peers.add(peer);
        return peer;
    }

    private TransportServer bind(TransportLimits limits, RSocket responder) {
        return fixture.bind(new TcpEndpoint("127.0.0.1", 0), limits, responder);
    }

    private TransportServer bindBulk(TransportLimits limits, int elements, int elementBytes) {
        return fixture.bindHandler(
                new TcpEndpoint("127.0.0.1", 0),
                limits,
                (connection, setup, client) ->
                        Mono.just(new BulkResponder(connection, elements, elementBytes, readBytes)));
    }

    /** FINDINGS 2. Fails if the window grants every reservation: then all 300 MB are read and held. */
    @Test
    void aPeerThatAsksForEverythingAndReadsNothingCostsItsWindow() throws IOException {
        TransportServer server = bindBulk(TransportLimits.DEFAULTS, 3_000, 100 * KIB);

        peer(server).setup().requestStream(1, MANY);

        TransportFixture.await("the window is full", () -> heldBytes(server) > 4 * MIB - 101 * KIB);
        // an element counts twice while it is handed over; then it is settled
        TransportFixture.await("no element is being handed over", () -> heldBytes(server) <= 4 * MIB);
        assertThat(readBytes.get()).isLessThan(4 * MIB + KERNEL_BYTES);
    }

    /** Fails if a connection is closed both ways at once: the kernel then resets it, and forgets what it had to send. */
    @Test
    void whatTheServerSentLastArrivesAtAPeerThatIsStillSending() throws IOException {
        int elements = 20;
        TransportServer server = bindBulk(TransportLimits.DEFAULTS, elements, 64 * KIB);
        RawPeer peer = peer(server).setup().requestStream(1, MANY);
        TransportFixture.await(
                "all is handed to the kernel", () -> readBytes.get() == elements * 64L * KIB && heldBytes(server) == 0);

        server.close().subscribe();
        long received = 0;
        while (received < elements * 64L * KIB) {
            sendUnlessClosed(peer);
            received += peer.readFrame().readableBytes();
        }
    }

    private static void sendUnlessClosed(RawPeer peer) {
        try {
            peer.keepAlive();
        } catch (IOException e) {
            throw new AssertionError("the server reset the connection", e);
        }
    }

    private static long heldBytes(TransportServer server) {
        return server.connections().stream()
                .mapToLong(connection -> connection.outbound().heldBytes())
                .sum();
    }

    /**
     * Fails if nobody is given up: the stuck peers, which come one after the other, have then all of the budget for good,
     * and the reader gets nothing.
     */
    @Test
    void aHundredPeersThatReadNothingStayWithinTheCapAndAReaderGoesOn() throws IOException {
        long cap = 16 * MIB;
        int elementBytes = 64 * KIB;
        fixture.budget = new OutboundBudget(cap);
        TransportServer server = bindBulk(TransportLimits.DEFAULTS.withUnsentBytes(4 * MIB, cap), 1_000, elementBytes);
        for (int i = 0; i < 100; i++) {
            peer(server).setup().requestStream(1, MANY);
        }
        TransportFixture.await("the peers hold all", () -> fixture.budget.usedBytes() > cap - elementBytes - KIB);

        RSocket reader = fixture.connect(server);
        AtomicLong mostUsed = new AtomicLong();
        Mono<Long> elements = reader.requestStream(DefaultPayload.create(""))
                .map(TransportFixture::checkedSizeAndRelease)
                .doOnNext(size -> mostUsed.accumulateAndGet(fixture.budget.usedBytes(), Math::max))
                .count()
                .cache();
        elements.subscribe();
        TransportFixture.await("the reader has all", () -> {
            fixture.budget.beat();
            return elements.toFuture().isDone();
        });

        assertThat(elements.block()).isEqualTo(1_000);
        int handedOverAtATime = 2 * (elementBytes + KIB); // one by each event loop: those count twice for a moment
        assertThat(mostUsed.get()).isBetween(1L, cap + handedOverAtATime);
        assertThat(server.metrics().closed(Violation.STALLED)).isBetween(1L, 100L);
        assertThat(server.connections()).as("the reader is not given up").isNotEmpty();
    }

    /** Fails without a cap: all that the hundred have sent of their frames is held then. */
    @Test
    void aHundredPeersThatEndNoFrameStayWithinTheCapAndAnotherGoesOn() throws IOException {
        TransportLimits limits = TransportLimits.DEFAULTS.withUnfinishedFrames(16 * MIB, Duration.ofMinutes(10));
        TransportServer server = bind(limits, new EchoResponder());
        RSocket other = fixture.connect(server);
        byte[] begun = begunFrame(4 * MIB - 10, MIB);
        for (int i = 0; i < 100; i++) {
            try {
                peer(server).setup().send(begun);
            } catch (java.net.SocketException givenUp) {
                // others needed the room
            }
            assertThat(fixture.call(other, "x".repeat(300_000))).hasSize(300_000);
        }

        TransportFixture.await("peers are given up", () -> server.metrics().closed(Violation.UNFINISHED_FRAME) >= 80);
        TransportFixture.await("the cap holds", () -> server.unfinishedBytes() <= 16 * MIB);
        assertThat(server.metrics().closed(Violation.UNFINISHED_FRAME)).isLessThan(100);
        assertThat(fixture.call(other, "still here")).isEqualTo("still here");
    }

    @Test
    void aPeerThatDoesNotEndItsFrameInTimeLosesItsConnection() throws IOException {
        TransportServer server = bind(
                TransportLimits.DEFAULTS.withUnfinishedFrames(64 * MIB, Duration.ofMillis(200)), new EchoResponder());
        RSocket other = fixture.connect(server);
        RawPeer peer = peer(server).setup().send(begunFrame(MIB, 100 * KIB));

        peer.awaitClose();

        assertThat(server.metrics().closed(Violation.SLOW_FRAME)).isEqualTo(1);
        assertThat(server.unfinishedBytes()).isZero();
        assertThat(fixture.call(other, "still here")).isEqualTo("still here");
    }

    /** The first bytes of a request. */
    private static byte[] begunFrame(int frameBytes, int sentBytes) {
        ByteBuf begun = Unpooled.buffer(sentBytes).writeMedium(frameBytes).writeInt(1);
        begun.writeShort(FrameType.REQUEST_RESPONSE.getEncodedType() << 10);
        return begun.writeZero(sentBytes - begun.readableBytes()).array();
    }

    /** FINDINGS 3, over a real socket: the answer to KEEPALIVE comes before the 32 MiB that were queued before it. */
    @Test
    void aSlowReaderGetsItsKeepAliveBeforeTheBulkThatWaits() throws IOException {
        ByteBuf element = TransportFixture.direct(64 * KIB, 1);
        TransportServer server = bind(TransportLimits.DEFAULTS.withUnsentBytes(64 * MIB, 64 * MIB), new RSocket() {
            @Override
            public Flux<Payload> requestStream(Payload request) {
                request.release();
                return Flux.range(0, 512).map(i -> ByteBufPayload.create(element.retainedDuplicate()));
            }
        });
        RawPeer peer = peer(server).setup().requestStream(1, 512);
        TransportFixture.await(
                "all is queued",
                () -> server.connections().stream()
                        .anyMatch(connection -> connection.outbound().heldBytes() > 16 * MIB));
        long bytesIn = server.metrics().bytesIn();
        peer.keepAlive();
        TransportFixture.await("the server has it", () -> server.metrics().bytesIn() > bytesIn);

        int bulkBefore = 0;
        ByteBuf frame = peer.readFrame();
        while (FrameHeaderCodec.frameType(frame) != FrameType.KEEPALIVE) {
            bulkBefore += frame.readableBytes();
            frame = peer.readFrame();
        }

        assertThat(bulkBefore).isLessThan(16 * MIB);
        peer.close();
        fixture.awaitCount(server, 0);
        element.release();
    }

    /** FINDINGS 4: RSocket's own transport leaves the connection open, and nobody reads it any more. */
    @Test
    void aFrameLargerThanTheLimitClosesItsConnectionAlone() throws IOException {
        TransportServer server = bind(TransportLimits.DEFAULTS, new EchoResponder());
        RSocket other = fixture.connect(server);
        RawPeer peer = peer(server).setup();

        peer.send((byte) 0x40, (byte) 0, (byte) 1);

        peer.awaitClose();
        assertThat(server.metrics().closed(Violation.OVERSIZED_FRAME)).isEqualTo(1);
        assertThat(fixture.call(other, "still here")).isEqualTo("still here");
    }

    @Test
    void aFrameLargerThanTheLimitEndsAClientsConnectionToo() throws IOException {
        try (ServerSocket fake = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            TransportClient transport = new TransportClient(fixture.loops(), TransportLimits.DEFAULTS);
            RSocket client = transport
                    .connect(new TcpEndpoint("127.0.0.1", fake.getLocalPort()))
                    .block(TransportFixture.PATIENCE);
            try (Socket accepted = fake.accept()) {
                OutputStream out = accepted.getOutputStream();
                out.write(new byte[] {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF});
                out.flush();
                client.onClose().onErrorComplete().block(TransportFixture.PATIENCE);
            }
            assertThat(transport.metrics().closed(Violation.OVERSIZED_FRAME)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "\u0000\u0000\u0003abc",
                "\u0000\u0000\u0010\u0000\u0000\u0000\u0001\u0010\u0000not a setup frame",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003 a TLS client hello",
            })
    void bytesThatAreNotRSocketCloseTheirConnectionAlone(String bytes) throws IOException {
        TransportServer server = bind(TransportLimits.DEFAULTS, new EchoResponder());
        RSocket other = fixture.connect(server);
        RawPeer peer = peer(server);

        peer.send(bytes.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));

        peer.awaitClose();
        assertThat(server.metrics().closed(Violation.BROKEN_FRAME)
                        + server.metrics().closed(Violation.OVERSIZED_FRAME))
                .isEqualTo(1);
        assertThat(fixture.call(other, "still here")).isEqualTo("still here");
    }

    /** After SETUP, whatever comes: the connection may end, nobody else's does, and nothing leaks. */
    @Test
    void randomFramesAfterSetupHarmNobodyElse() throws IOException {
        TransportServer server = bind(TransportLimits.DEFAULTS, new EchoResponder());
        RSocket other = fixture.connect(server);
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            byte[] frame = new byte[random.nextInt(60)];
            random.nextBytes(frame);
            try (RawPeer peer = new RawPeer(server).setup()) {
                peer.send(Unpooled.wrappedBuffer(frame));
                if (frame.length > 6) {
                    frame[0] = frame[1] = frame[2] = 0;
                    frame[4] &= 0x3F; // a known type more often
                    peer.send(Unpooled.wrappedBuffer(frame));
                }
            } catch (IOException closedByServer) {
                assertThat(closedByServer).isInstanceOf(java.net.SocketException.class);
            }
        }
        assertThat(fixture.call(other, "still here")).isEqualTo("still here");
        fixture.awaitCount(server, 1);
    }

    @Test
    void fragmentsAreRefusedBecauseTheirReassemblyHasNoBound() throws IOException {
        TransportServer server = bind(TransportLimits.DEFAULTS, new EchoResponder());
        RawPeer peer = peer(server).setup();

        peer.send(Unpooled.buffer()
                .writeInt(1)
                .writeShort(FrameType.REQUEST_RESPONSE.getEncodedType() << 10 | FrameHeaderCodec.FLAGS_F)
                .writeBytes(new byte[100]));

        peer.awaitClose();
        assertThat(server.metrics().closed(Violation.BROKEN_FRAME)).isEqualTo(1);
    }

    /** A SETUP of which every second some bytes come is not a SETUP in time. */
    @Test
    void halfASetupDoesNotHoldAPlace() throws IOException {
        TransportServer server =
                bind(TransportLimits.DEFAULTS.withSetupTimeout(Duration.ofMillis(100)), new EchoResponder());
        RawPeer peer =
                peer(server).send((byte) 0, (byte) 0, (byte) 80, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 4);

        peer.awaitClose();

        assertThat(server.metrics().closed(Violation.NO_SETUP)).isEqualTo(1);
        fixture.awaitCount(server, 0);
    }

    /** Keep-alives are not a request. */
    @Test
    void aPeerThatNeverAsksAnythingDoesNotHoldAPlace() throws IOException {
        TransportServer patient = bind(TransportLimits.DEFAULTS, new EchoResponder());
        peer(patient)
                .setup()
                .requestResponse(1, "so that no class is loaded below")
                .readFrame();
        TransportServer server =
                bind(TransportLimits.DEFAULTS.withSetupTimeout(Duration.ofSeconds(1)), new EchoResponder());
        RawPeer asking = peer(server).setup().requestResponse(1, "hello");
        peer(server).setup().keepAlive().awaitClose();

        assertThat(server.metrics().closed(Violation.NO_REQUEST)).isEqualTo(1);
        fixture.awaitCount(server, 1);
        asking.requestResponse(3, "still here");
        assertThat(asking.readFrame().readableBytes()).isPositive();
    }

    /** Answers carry no reservation: a peer that asks on and on and never reads is given up. */
    @Test
    void aPeerThatNeverReadsItsAnswersIsGivenUp() throws IOException {
        TransportLimits limits = TransportLimits.DEFAULTS.withMaxFrameBytes(MIB).withUnsentBytes(MIB, 64 * MIB);
        ByteBuf answer = TransportFixture.direct(512 * KIB, 1);
        TransportServer server = bind(limits, new RSocket() {
            @Override
            public Mono<Payload> requestResponse(Payload request) {
                request.release();
                return Mono.fromSupplier(() -> ByteBufPayload.create(answer.retainedDuplicate()));
            }
        });
        RawPeer peer = peer(server).setup();
        try {
            for (int i = 0; i < 200; i++) {
                peer.requestResponse(2 * i + 1, "more");
            }
        } catch (java.net.SocketException closedByServer) {
            // as it should be, sooner or later
        }

        TransportFixture.await("given up", () -> server.metrics().closed(Violation.UNREAD_ANSWERS) == 1);
        fixture.awaitCount(server, 0);
        answer.release();
    }

    /** Fails if the connection is closed behind the refusal: what the client still sends makes a reset of it. */
    @Test
    void aRefusalReachesAClientThatGoesOnSending() throws IOException {
        TransportServer server = bind(TransportLimits.DEFAULTS.withMaxConnections(1), new EchoResponder());
        fixture.call(fixture.connect(server), "takes the only place");
        long sentBefore = server.metrics().bytesOut();
        RawPeer peer = peer(server).setup();
        TransportFixture.await("the refusal is sent", () -> server.metrics().bytesOut() > sentBefore);
        for (int i = 0; i < 50; i++) {
            peer.requestResponse(2 * i + 1, "as if it were served");
        }

        ByteBuf frame = peer.readFrame();

        assertThat(FrameHeaderCodec.frameType(frame)).isEqualTo(FrameType.ERROR);
        assertThat(io.rsocket.exceptions.Exceptions.from(0, frame))
                .isInstanceOf(RejectedSetupException.class)
                .hasMessageStartingWith("TOO_MANY_CONNECTIONS: ");
        peer.awaitClose();
    }

    @Test
    void closingWhileMuchIsQueuedReleasesAllOfIt() throws IOException {
        TransportServer server = bindBulk(TransportLimits.DEFAULTS, 3_000, 100 * KIB);
        peer(server).setup().requestStream(1, MANY).requestStream(3, MANY);
        TransportFixture.await("the window is full", () -> heldBytes(server) > 4 * MIB - 101 * KIB);

        server.close().block(TransportFixture.PATIENCE);

        assertThat(fixture.budget.usedBytes()).isZero();
    }
}

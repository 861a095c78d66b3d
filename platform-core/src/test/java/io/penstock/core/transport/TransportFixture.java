package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.penstock.core.runtime.Loops;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.transport.local.LocalClientTransport;
import io.rsocket.util.DefaultPayload;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.Mono;
import reactor.netty.tcp.TcpClient;

/** Servers and clients of one test, their end, and the search for what they leaked. */
final class TransportFixture {

    /** After this a test has failed; nothing waits for it to pass. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Deque<TransportServer> servers = new ArrayDeque<>();
    private final Deque<RSocket> clients = new ArrayDeque<>();
    private Loops loops = Loops.create(2);
    private LeakProbe leaks = new LeakProbe();
    OutboundBudget budget = new OutboundBudget(TransportLimits.DEFAULTS.maxUnsentBytesTotal());

    void begin() {
        loops = Loops.create(2);
        leaks = new LeakProbe();
        budget = new OutboundBudget(TransportLimits.DEFAULTS.maxUnsentBytesTotal());
    }

    void end() {
        clients.forEach(RSocket::dispose);
        servers.forEach(server -> server.close().block(PATIENCE));
        await("nothing is held", () -> budget.usedBytes() == 0);
        loops.close().block(PATIENCE);
        servers.clear();
        clients.clear();
        leaks.assertNone();
    }

    Loops loops() {
        return loops;
    }

    TransportServer bind(Endpoint endpoint, TransportLimits limits, RSocket responder) {
        return bindHandler(endpoint, limits, (connection, setup, peer) -> Mono.just(responder));
    }

    TransportServer bindHandler(Endpoint endpoint, TransportLimits limits, ConnectionHandler handler) {
        TransportServer server =
                TransportServer.bind(endpoint, limits, budget, loops, handler).block(PATIENCE);
        servers.push(server);
        return server;
    }

    RSocket connect(TransportServer server) {
        return connect(server, TransportLimits.DEFAULTS);
    }

    RSocket connect(TransportServer server, TransportLimits limits) {
        RSocket client =
                new TransportClient(loops, limits).connect(server.endpoint()).block(PATIENCE);
        clients.push(client);
        return client;
    }

    /** Sends a text, and gives the answer. */
    String call(RSocket client, String text) {
        return client.requestResponse(DefaultPayload.create(text))
                .map(TransportFixture::textAndRelease)
                .block(PATIENCE);
    }

    /** Connects without a word; completes when the server has closed the connection. */
    Mono<Void> bareConnect(TransportServer server) {
        if (server.endpoint() instanceof TcpEndpoint tcp) {
            return TcpClient.newConnection()
                    .runOn(loops.resources())
                    .host(tcp.host())
                    .port(tcp.port())
                    .connect()
                    .flatMap(connection -> connection.onDispose());
        }
        return LocalClientTransport.create(((LocalEndpoint) server.endpoint()).name())
                .connect()
                .flatMap(frames -> {
                    frames.receive().subscribe();
                    return frames.onClose();
                });
    }

    void awaitCount(TransportServer server, int connections) {
        await(connections + " connections", () -> server.connectionCount() == connections);
    }

    /** Waits for what other threads are about to do. */
    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time: " + what).isLessThan(deadline);
            LockSupport.parkNanos(200_000);
        }
    }

    /** Data, and metadata behind a slash if there is some. */
    static String textAndRelease(Payload payload) {
        try {
            return payload.hasMetadata()
                    ? payload.getDataUtf8() + "/" + payload.getMetadataUtf8()
                    : payload.getDataUtf8();
        } finally {
            payload.release();
        }
    }

    /** A direct buffer filled with a seed. */
    static ByteBuf direct(int bytes, int seed) {
        byte[] filling = new byte[bytes];
        Arrays.fill(filling, (byte) seed);
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(bytes).writeBytes(filling);
        return buffer;
    }

    /** Tells the size of data made by {@link #direct}, after having seen that it is all one byte. */
    static int checkedSizeAndRelease(Payload payload) {
        try {
            byte[] data = ByteBufUtil.getBytes(payload.sliceData());
            byte[] expected = new byte[data.length];
            Arrays.fill(expected, data[0]);
            assertThat(Arrays.equals(data, expected)).as("all bytes alike").isTrue();
            return data.length;
        } finally {
            payload.release();
        }
    }
}

package io.penstock.core.transport;

import io.netty.channel.ChannelOption;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.error.Reasons;
import io.penstock.core.runtime.Loops;
import io.rsocket.DuplexConnection;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.transport.ClientTransport;
import io.rsocket.transport.local.LocalClientTransport;
import org.slf4j.event.Level;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.tcp.TcpClient;

/**
 * Connects to servers. One attempt a connection, without reconnect, resumption or lease: RSocket Java's own are dead for
 * good after their first failure, so whoever needs a broker again connects again.
 *
 * <p>Payloads that are received are slices of received frames; whoever gets one releases it. Safe for any thread.
 */
public final class TransportClient {

    /** What SETUP says of metadata: entries of composite metadata. */
    public static final String METADATA_MIME_TYPE = "message/x.rsocket.composite-metadata.v0";

    /** What SETUP says of data; elements after the first payload of an interaction are binary all the same. */
    public static final String DATA_MIME_TYPE = "application/cbor";

    private static final int CONNECT_TIMEOUT_MS = 10_000;

    private final Loops loops;
    private final TransportLimits limits;
    private final OutboundBudget unbounded = new OutboundBudget(Long.MAX_VALUE);
    private final InboundBudget inbound = new InboundBudget(Long.MAX_VALUE);
    private final TransportMetrics metrics = new TransportMetrics();
    private final ViolationLog violations;

    /**
     * A client without connections.
     *
     * @param loops run the TCP connections; stay open
     * @param limits the frame size and the keep-alive times; the rest is the server's
     */
    public TransportClient(Loops loops, TransportLimits limits) {
        this.loops = loops;
        this.limits = limits;
        this.violations = new ViolationLog(metrics, loops::nanoTime, Level.DEBUG);
    }

    /** Connects without setup data; see {@link #connect(Endpoint, Payload)}. */
    public Mono<RSocket> connect(Endpoint endpoint) {
        return connect(endpoint, RSocketConnector.create());
    }

    /**
     * Connects once for each subscription; cancelling gives the attempt up. Signals on the connection's event loop, or
     * for a local endpoint on the subscribing thread.
     *
     * <p>The {@code RSocket} comes <em>before</em> the server has accepted the SETUP. A refusal arrives later: it ends
     * every interaction and {@code onClose} with RejectedSetupException. So the first call should be one whose answer
     * proves the connection.
     *
     * @param setup what SETUP carries; released by this call
     * @return the connection, or a {@link PenstockException} with {@code CONNECTION_LOST} if nobody listens there
     */
    public Mono<RSocket> connect(Endpoint endpoint, Payload setup) {
        return connect(endpoint, RSocketConnector.create().setupPayload(setup));
    }

    private Mono<RSocket> connect(Endpoint endpoint, RSocketConnector connector) {
        connector
                .payloadDecoder(PayloadDecoder.ZERO_COPY)
                .metadataMimeType(METADATA_MIME_TYPE)
                .dataMimeType(DATA_MIME_TYPE)
                .keepAlive(limits.keepAliveInterval(), limits.keepAliveMaxLifetime())
                .maxInboundPayloadSize(limits.maxFrameBytes());
        return frames(endpoint)
                .flatMap(frames -> handshake(connector, frames))
                .doOnDiscard(RSocket.class, RSocket::dispose)
                .doOnDiscard(DuplexConnection.class, DuplexConnection::dispose)
                .onErrorMap(error -> error instanceof PenstockException ? error : unreachable(endpoint, error));
    }

    /** Takes no time, and is not to be cancelled half way: RSocket would lose the SETUP frame and the connection. */
    private Mono<RSocket> handshake(RSocketConnector connector, DuplexConnection frames) {
        return Mono.create(sink -> connector
                .connect(new FrameTransport(frames, limits.maxFrameBytes()))
                .subscribe(sink::success, sink::error));
    }

    private Mono<DuplexConnection> frames(Endpoint endpoint) {
        return endpoint instanceof TcpEndpoint tcp ? tcpFrames(tcp) : localFrames((LocalEndpoint) endpoint);
    }

    private Mono<DuplexConnection> tcpFrames(TcpEndpoint endpoint) {
        TcpClient client = TcpClient.newConnection()
                .runOn(loops.resources())
                .noProxy()
                .host(endpoint.host())
                .port(endpoint.port())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS);
        return TcpOptions.applyTo(client).connect().map(this::open);
    }

    private DuplexConnection open(Connection connection) {
        OutboundWindow window = new OutboundWindow(unbounded, Long.MAX_VALUE);
        FrameDecoder decoder =
                new FrameDecoder(limits.maxFrameBytes(), FrameRules.ofClient(), inbound, null, violations, metrics);
        return TcpFrameConnection.open(connection, decoder, window, Long.MAX_VALUE, violations, metrics);
    }

    /** Not to be cancelled half way either: the server would be left with a connection whose client has lost it. */
    private static Mono<DuplexConnection> localFrames(LocalEndpoint endpoint) {
        return Mono.create(sink -> LocalClientTransport.create(endpoint.name())
                .connect()
                .map(LocalFrameConnection::new)
                .subscribe(sink::success, sink::error));
    }

    private static PenstockException unreachable(Endpoint endpoint, Throwable error) {
        String reason = endpoint instanceof LocalEndpoint ? "no server of this JVM has that name" : Reasons.of(error);
        return new PenstockException(ErrorCode.CONNECTION_LOST, "can't connect to " + endpoint + ": " + reason, error);
    }

    /** What the client's connections have counted. */
    public TransportMetrics metrics() {
        return metrics;
    }

    private record FrameTransport(DuplexConnection frames, int maxFrameLength) implements ClientTransport {

        @Override
        public Mono<DuplexConnection> connect() {
            return Mono.just(frames);
        }
    }
}

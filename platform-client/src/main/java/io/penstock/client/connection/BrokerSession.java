package io.penstock.client.connection;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import io.penstock.core.protocol.Hello;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.protocol.codec.RoutingCodec;
import io.penstock.core.transport.Endpoint;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.util.ByteBufPayload;
import java.util.function.Consumer;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * One connection that a broker has greeted, until it ends, and the way to more of them for its streams. Errors of its interactions are
 * {@link io.penstock.core.error.PenstockException}s; signals come from the connection's event loop, or for a local
 * endpoint from whichever thread the broker answers on. Safe for any thread.
 */
public final class BrokerSession {

    /**
     * For the subscribers of interactions, whose end may come from a thread of its own. When a connection ends while one
     * of its interactions is being cancelled, RSocket reports the end to Reactor's hook for dropped errors, which would
     * log as an error what is none; and a payload that comes beside the end is dropped by the operator that has seen the
     * end, and released here. The keys are those of the hooks' local forms in a context.
     */
    public static final Context QUIET = Context.of(
            "reactor.onErrorDropped.local",
            (Consumer<Throwable>) BrokerSession::onDropped,
            "reactor.onNextDropped.local",
            (Consumer<Object>) ReferenceCountUtil::release);

    private static final Logger log = LoggerFactory.getLogger(BrokerSession.class);

    private final Endpoint endpoint;
    private final RSocket rsocket;
    private final Hello.Response hello;
    private final int ownMaxFrameBytes;
    private final int maxFrameBytes;
    private final StreamPlaces places;
    private final Function<BrokerSession, Mono<BrokerSession>> beside;

    /** @param beside finds a session with the same broker that has room for a stream when this one has none */
    BrokerSession(
            Endpoint endpoint,
            RSocket rsocket,
            Hello.Response hello,
            int ownMaxFrameBytes,
            Function<BrokerSession, Mono<BrokerSession>> beside) {
        this.ownMaxFrameBytes = ownMaxFrameBytes;
        this.maxFrameBytes = Math.min(ownMaxFrameBytes, hello.limits().maxFrameBytes());
        this.places = new StreamPlaces(hello.limits().maxStreams());
        this.beside = beside;
        this.endpoint = endpoint;
        this.rsocket = rsocket;
        this.hello = hello;
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    /** Who answered. */
    public int brokerId() {
        return hello.brokerId();
    }

    /** The cluster that the broker belongs to. */
    public String clusterId() {
        return hello.clusterId();
    }

    /** What the broker allows. */
    public Hello.Limits limits() {
        return hello.limits();
    }

    /** The largest frame that this client reads, in bytes; a larger one ends the connection. */
    public int readableFrameBytes() {
        return ownMaxFrameBytes;
    }

    /** The largest frame that passes, in bytes: both the client and the broker have a limit. */
    public int maxFrameBytes() {
        return maxFrameBytes;
    }

    /** Asks once for each subscription; cancel ends the waiting. */
    public <T> Mono<T> request(Verb verb, Object body, Class<T> answer) {
        return request(rsocket, verb, body, answer);
    }

    static <T> Mono<T> request(RSocket rsocket, Verb verb, Object body, Class<T> answer) {
        return Mono.defer(() -> rsocket.requestResponse(opener(verb, body)))
                .map(payload -> decode(payload, answer))
                .onErrorMap(RSocketErrors::fromRSocket)
                .contextWrite(QUIET);
    }

    private static void onDropped(Throwable error) {
        log.debug("An interaction that was over already has ended", error);
    }

    private static <T> T decode(Payload payload, Class<T> answer) {
        try {
            return CborCodec.decode(payload.sliceData(), answer);
        } finally {
            payload.release();
        }
    }

    /**
     * Opens a stream for each subscription; whoever gets a payload releases it. When this connection carries as many
     * streams as the broker allows, another one to the same broker carries it, which may have to be waited for:
     * {@code CONNECTION_LOST} if there is none in some seconds, {@code TOO_MANY_STREAMS} if the client opens no more.
     */
    public Flux<Payload> stream(Verb verb, Object body) {
        return placed(connection -> connection.requestStream(opener(verb, body)));
    }

    /** As {@link #stream}, a channel; what comes up first must be an {@link #opener}. */
    public Flux<Payload> channel(Publisher<Payload> up) {
        return placed(connection -> connection.requestChannel(up));
    }

    /** The place is free again before the end is signalled, and after a cancel has been sent. */
    private Flux<Payload> placed(Function<RSocket, Flux<Payload>> interaction) {
        return Flux.defer(() -> places.take()
                ? Flux.using(() -> rsocket, interaction, left -> places.leave())
                : beside.apply(this).flatMapMany(session -> session.placed(interaction)));
    }

    StreamPlaces places() {
        return places;
    }

    /** The payload that opens an interaction; the caller owns it. */
    public static Payload opener(Verb verb, Object body) {
        return ByteBufPayload.create(
                CborCodec.encode(ByteBufAllocator.DEFAULT, body), RoutingCodec.encode(ByteBufAllocator.DEFAULT, verb));
    }

    /** Completes, never with an error, when the connection has ended. */
    public Mono<Void> onClose() {
        return rsocket.onClose().onErrorComplete();
    }

    boolean isOpen() {
        return !rsocket.isDisposed();
    }

    void close() {
        rsocket.dispose();
    }
}

package io.penstock.client.connection;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Hello;
import io.penstock.core.protocol.Verb;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.TransportClient;
import io.rsocket.RSocket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Makes one attempt to connect and to be greeted. RSocket says "connected" before the broker has accepted the SETUP;
 * only the answer to {@code hello} proves that somebody is there. The cluster that answers first is the one that every
 * later broker must belong to.
 */
final class Greeter {

    private static final int HELLO_VERSION = 1;
    private static final Duration HELLO_TIMEOUT = Duration.ofSeconds(10);

    private final TransportClient transport;
    private final String clientName;
    private final int maxFrameBytes;
    private final Scheduler timers;
    private final Function<BrokerSession, Mono<BrokerSession>> beside;
    private final AtomicReference<String> clusterId = new AtomicReference<>();

    /** @param beside as a {@link BrokerSession} needs it */
    Greeter(
            TransportClient transport,
            Connections.Settings settings,
            Scheduler timers,
            Function<BrokerSession, Mono<BrokerSession>> beside) {
        this.maxFrameBytes = settings.maxFrameBytes();
        this.transport = transport;
        this.clientName = settings.clientName();
        this.timers = timers;
        this.beside = beside;
    }

    Mono<BrokerSession> greet(Endpoint endpoint) {
        return transport
                .connect(endpoint)
                .flatMap(rsocket -> hello(rsocket)
                        .onErrorMap(PenstockException.class, error -> at(endpoint, error))
                        .map(hello -> accept(endpoint, rsocket, hello))
                        .doOnError(error -> rsocket.dispose())
                        .doOnCancel(rsocket::dispose));
    }

    private Mono<Hello.Response> hello(RSocket rsocket) {
        Hello.Request request = new Hello.Request(HELLO_VERSION, clientName, version());
        return BrokerSession.request(rsocket, Verb.HELLO, request, Hello.Response.class)
                .timeout(HELLO_TIMEOUT, Mono.error(Greeter::silent), timers);
    }

    private BrokerSession accept(Endpoint endpoint, RSocket rsocket, Hello.Response hello) {
        clusterId.compareAndSet(null, hello.clusterId());
        String expected = clusterId.get();
        if (!expected.equals(hello.clusterId())) {
            throw new PenstockException(
                    ErrorCode.INCONSISTENT_CLUSTER_ID,
                    "the broker at " + endpoint + " belongs to cluster " + hello.clusterId() + ", this client to "
                            + expected + ": make a new client if that is meant");
        }
        return new BrokerSession(endpoint, rsocket, hello, maxFrameBytes, beside);
    }

    private static PenstockException silent() {
        return new PenstockException(ErrorCode.CONNECTION_LOST, "no answer in " + HELLO_TIMEOUT.toSeconds() + " s");
    }

    private static PenstockException at(Endpoint endpoint, PenstockException error) {
        return new PenstockException(
                error.code(),
                endpoint + " took the connection, but did not greet the client: " + error.getMessage(),
                error);
    }

    private static String version() {
        String version = Greeter.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }
}

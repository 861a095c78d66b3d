package io.penstock.server.rsocket;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.runtime.Loops;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.OutboundBudget;
import io.penstock.core.transport.OutboundWindow;
import io.penstock.core.transport.ServerConnection;
import io.penstock.core.transport.TransportClient;
import io.penstock.core.transport.TransportLimits;
import io.penstock.core.transport.TransportServer;
import io.penstock.core.transport.Violation;
import io.penstock.server.request.ClientConnection;
import io.penstock.server.request.RequestHandlers;
import io.rsocket.ConnectionSetupPayload;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** The endpoints on which a broker listens, all with the same handlers and the same budget of unsent bytes. */
public final class Listeners {

    private final List<TransportServer> servers = new CopyOnWriteArrayList<>();
    private final TransportLimits limits;
    private final OutboundBudget budget;

    private Listeners(TransportLimits limits) {
        this.limits = limits;
        this.budget = new OutboundBudget(limits.maxUnsentBytesTotal());
    }

    /**
     * Listens on all endpoints, or on none. Work starts on subscription.
     *
     * @param maxStreams how many streams and channels a connection may have open
     * @param ready when requests can be answered; clients that connect earlier wait for it
     */
    public static Mono<Listeners> bind(
            List<Endpoint> endpoints,
            TransportLimits limits,
            int maxStreams,
            Loops loops,
            RequestHandlers handlers,
            Mono<Void> ready) {
        return Mono.defer(() -> {
            Listeners listeners = new Listeners(limits);
            return Flux.fromIterable(endpoints)
                    .concatMap(endpoint -> TransportServer.bind(
                                    endpoint,
                                    limits,
                                    listeners.budget,
                                    loops,
                                    (connection, setup, peer) -> spoken(setup)
                                            .then(ready)
                                            .then(Mono.fromSupplier(() -> new BrokerResponder(
                                                    handlers,
                                                    new ClientConnection(
                                                            connection, maxStreams, limits.maxFrameBytes())))))
                            .doOnNext(listeners.servers::add))
                    .then(Mono.just(listeners))
                    .onErrorResume(error -> listeners.close().then(Mono.error(error)));
        });
    }

    /** A client that says it speaks something else would be misunderstood, and is refused. */
    private static Mono<Void> spoken(ConnectionSetupPayload setup) {
        String metadata = setup.metadataMimeType();
        String data = setup.dataMimeType();
        if (metadata.equalsIgnoreCase(TransportClient.METADATA_MIME_TYPE)
                && data.equalsIgnoreCase(TransportClient.DATA_MIME_TYPE)) {
            return Mono.empty();
        }
        return Mono.error(new PenstockException(
                ErrorCode.INVALID_REQUEST,
                "SETUP names the MIME types '" + metadata + "' for metadata and '" + data + "' for data; spoken are '"
                        + TransportClient.METADATA_MIME_TYPE + "' and '" + TransportClient.DATA_MIME_TYPE + "'"));
    }

    /** Where clients connect, with the ports that were really taken. */
    public List<Endpoint> endpoints() {
        return servers.stream().map(TransportServer::endpoint).toList();
    }

    public int connectionCount() {
        return servers.stream().mapToInt(TransportServer::connectionCount).sum();
    }

    /** What is reserved and unsent on all connections, in bytes. */
    public long unsentBytes() {
        return budget.usedBytes();
    }

    /** What has come of frames that are not whole, on all connections, in bytes. */
    public long unfinishedBytes() {
        return servers.stream().mapToLong(TransportServer::unfinishedBytes).sum();
    }

    /** How many connections were closed for what their peers did. */
    public long closed(Violation violation) {
        return servers.stream()
                .mapToLong(server -> server.metrics().closed(violation))
                .sum();
    }

    /** Takes no new connections. */
    public Mono<Void> stopListening() {
        return Flux.fromIterable(servers)
                .flatMap(TransportServer::stopListening)
                .then();
    }

    /** Completes when the sockets have taken all that was sent, or after a while. */
    public Mono<Void> flush(Duration timeout, Scheduler timers) {
        return Flux.defer(() -> Flux.fromStream(connections()))
                .flatMap(connection -> emptied(connection.outbound()))
                .then()
                .timeout(timeout, Mono.empty(), timers);
    }

    private Stream<ServerConnection> connections() {
        return servers.stream().flatMap(server -> server.connections().stream());
    }

    /** The whole window can be had when nothing is in it. */
    private Mono<Void> emptied(OutboundWindow window) {
        int all = (int) Math.min(Integer.MAX_VALUE, limits.maxUnsentBytesPerConnection());
        return Mono.create(sink -> sink.onDispose(window.whenReserved(all, isReserved -> {
            if (isReserved) {
                window.unreserve(all);
            }
            sink.success();
        })));
    }

    /** Closes all connections. */
    public Mono<Void> close() {
        return Flux.fromIterable(servers).flatMap(TransportServer::close).then();
    }
}

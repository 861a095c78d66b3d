package io.penstock.client.connection;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.TransportClient;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A client's connections: the one that finds the cluster, and one per broker. The first serves the broker that it
 * happens to reach too, so that one broker costs one connection. Safe for any thread.
 */
public final class Connections {

    private final Greeter greeter;
    private final Backoff backoff;
    private final NodeRuntime runtime;
    private final BrokerConnection bootstrap;
    private final ConcurrentHashMap<Broker, BrokerConnection> brokers = new ConcurrentHashMap<>();
    private final EventStream<ConnectionEvent> events = new EventStream<>();
    private volatile boolean closed;

    /** A broker's id and where it listens: a broker that moved is another key. */
    private record Broker(int id, Endpoint endpoint) {}

    /** @param maxFrameBytes the client's own limit of a frame, in bytes */
    public Connections(
            TransportClient transport,
            List<Endpoint> endpoints,
            String clientName,
            int maxFrameBytes,
            Backoff backoff,
            NodeRuntime runtime) {
        this.greeter = new Greeter(transport, clientName, maxFrameBytes, runtime.timers());
        this.backoff = backoff;
        this.runtime = runtime;
        this.bootstrap = connection(endpoints);
    }

    private BrokerConnection connection(List<Endpoint> endpoints) {
        return new BrokerConnection(
                endpoints, greeter::greet, backoff, runtime.timers(), runtime.random(), events::emit);
    }

    /**
     * A session with any broker. Connects on subscription if need be, and waits until there is one; cancel ends the
     * waiting.
     */
    public Mono<BrokerSession> any() {
        return bootstrap.session();
    }

    /** As {@link #any()}, with one broker; {@code NOT_LEADER_OR_FOLLOWER} if another one answers at that place. */
    public Mono<BrokerSession> to(int brokerId, Endpoint endpoint) {
        return Mono.defer(() -> bootstrap.lastBrokerId() == brokerId
                ? bootstrap.session().flatMap(session -> sessionOrOwn(session, brokerId, endpoint))
                : own(brokerId, endpoint));
    }

    private Mono<BrokerSession> sessionOrOwn(BrokerSession session, int brokerId, Endpoint endpoint) {
        return session.brokerId() == brokerId ? Mono.just(session) : own(brokerId, endpoint);
    }

    private Mono<BrokerSession> own(int brokerId, Endpoint endpoint) {
        if (closed) {
            return Mono.error(closedError());
        }
        BrokerConnection connection =
                brokers.computeIfAbsent(new Broker(brokerId, endpoint), broker -> connection(List.of(endpoint)));
        if (closed) {
            connection.close();
        }
        return connection.session().flatMap(session -> {
            if (session.brokerId() == brokerId) {
                return Mono.just(session);
            }
            session.close();
            return Mono.error(new PenstockException(
                    ErrorCode.NOT_LEADER_OR_FOLLOWER,
                    "broker " + session.brokerId() + " answers at " + endpoint + " where " + brokerId
                            + " was expected"));
        });
    }

    /** What whoever asks something of a closed client gets. */
    public static PenstockException closedError() {
        return new PenstockException(ErrorCode.CLIENT_CLOSED, "the client was closed");
    }

    /** What happens from now on; a subscriber that is not ready for an event misses it. Completes on close. */
    public Flux<ConnectionEvent> events() {
        return events.flux();
    }

    /** Ends all connections and fails whoever waits with {@code CLIENT_CLOSED}. A second call does nothing. */
    public void close() {
        closed = true;
        bootstrap.close();
        brokers.values().forEach(BrokerConnection::close);
        events.complete();
    }
}

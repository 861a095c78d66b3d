package io.penstock.client.connection;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.TransportClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
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
    private final Map<Integer, Broker> brokers = new HashMap<>();
    private final EventStream<ConnectionEvent> events = new EventStream<>();
    private long epoch = -1;
    private boolean closed;

    /** A broker that the metadata names: it may move. */
    private final class Broker {

        private final BrokerConnection connection = connection(this::endpoints);
        private volatile Endpoint endpoint;

        Broker(Endpoint endpoint) {
            this.endpoint = endpoint;
        }

        private List<Endpoint> endpoints() {
            return List.of(endpoint);
        }
    }

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
        this.bootstrap = connection(() -> endpoints);
    }

    private BrokerConnection connection(Supplier<List<Endpoint>> endpoints) {
        return new BrokerConnection(
                endpoints, greeter::greet, backoff, runtime.timers(), runtime.random(), events::emit);
    }

    /**
     * Where the brokers are by now. Whoever waits for one that has moved waits for it at its new place; connections to
     * where a broker is no more are closed, and whoever waits for a broker that is not named any more gets {@code
     * LEADER_NOT_AVAILABLE}.
     *
     * @param atEpoch how new this is; what is older than what is known is not heard
     */
    public void learn(long atEpoch, Map<Integer, Endpoint> places) {
        List<BrokerConnection> moved = new ArrayList<>();
        Map<Integer, Broker> gone;
        synchronized (this) {
            if (closed || atEpoch < epoch) {
                return;
            }
            epoch = atEpoch;
            gone = new HashMap<>(brokers);
            gone.keySet().removeAll(places.keySet());
            brokers.keySet().retainAll(places.keySet());
            places.forEach((id, endpoint) -> {
                Broker broker = brokers.computeIfAbsent(id, added -> new Broker(endpoint));
                if (!broker.endpoint.equals(endpoint)) {
                    broker.endpoint = endpoint;
                    moved.add(broker.connection);
                }
            });
        }
        moved.forEach(BrokerConnection::onEndpointsChanged);
        gone.forEach((id, broker) -> broker.connection.close(nowhere(id)));
    }

    /**
     * A session with any broker. Connects on subscription if need be, and waits until there is one; cancel ends the
     * waiting.
     */
    public Mono<BrokerSession> any() {
        return bootstrap.session();
    }

    /**
     * As {@link #any()}, with one broker. {@code LEADER_NOT_AVAILABLE} if it is not known where that is, {@code
     * NOT_LEADER_OR_FOLLOWER} if another one answers at that place.
     */
    public Mono<BrokerSession> to(int brokerId) {
        return Mono.defer(() -> bootstrap.lastBrokerId() == brokerId
                ? bootstrap.session().flatMap(session -> sessionOrOwn(session, brokerId))
                : own(brokerId));
    }

    private Mono<BrokerSession> sessionOrOwn(BrokerSession session, int brokerId) {
        return session.brokerId() == brokerId ? Mono.just(session) : own(brokerId);
    }

    private Mono<BrokerSession> own(int brokerId) {
        Broker broker;
        synchronized (this) {
            if (closed) {
                return Mono.error(closedError());
            }
            broker = brokers.get(brokerId);
        }
        return broker == null
                ? Mono.error(nowhere(brokerId))
                : broker.connection.session().flatMap(session -> checked(session, brokerId));
    }

    private static Mono<BrokerSession> checked(BrokerSession session, int brokerId) {
        if (session.brokerId() == brokerId) {
            return Mono.just(session);
        }
        session.close();
        return Mono.error(new PenstockException(
                ErrorCode.NOT_LEADER_OR_FOLLOWER,
                "broker " + session.brokerId() + " answers at " + session.endpoint() + " where " + brokerId
                        + " was expected"));
    }

    private static PenstockException nowhere(int brokerId) {
        return new PenstockException(
                ErrorCode.LEADER_NOT_AVAILABLE, "no metadata says where broker " + brokerId + " is");
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
        List<Broker> open;
        synchronized (this) {
            closed = true;
            open = List.copyOf(brokers.values());
        }
        bootstrap.close(closedError());
        open.forEach(broker -> broker.connection.close(closedError()));
        events.complete();
    }
}

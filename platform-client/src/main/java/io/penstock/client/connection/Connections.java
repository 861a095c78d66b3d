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
import java.util.function.Consumer;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A client's connections: the one that finds the cluster, and those to each broker. The first serves the broker that it
 * happens to reach too, so that one broker costs one connection, unless it has to carry more streams than the broker
 * allows on one. Safe for any thread.
 */
public final class Connections {

    /**
     * How a client connects.
     *
     * @param bootstrap where the cluster is looked for, in turn
     * @param clientName what the client calls itself
     * @param maxFrameBytes the client's own limit of a frame, in bytes
     * @param maxPerBroker the most connections to one broker, 1 or more
     * @param backoff the pauses between attempts
     */
    public record Settings(
            List<Endpoint> bootstrap, String clientName, int maxFrameBytes, int maxPerBroker, Backoff backoff) {}

    private final Settings settings;
    private final Greeter greeter;
    private final NodeRuntime runtime;
    private final BrokerConnection bootstrap;
    private final Map<Integer, BrokerConnections> brokers = new HashMap<>();
    private final EventStream<ConnectionEvent> events = new EventStream<>();
    private long epoch = -1;
    private boolean closed;

    /** Nothing is connected before it is asked for. */
    public Connections(TransportClient transport, Settings settings, NodeRuntime runtime) {
        this.settings = settings;
        this.greeter = new Greeter(transport, settings, runtime.timers(), this::withRoom);
        this.runtime = runtime;
        this.bootstrap = connection(settings::bootstrap, greeted -> {});
    }

    private BrokerConnection connection(Supplier<List<Endpoint>> endpoints, Consumer<BrokerSession> onGreeted) {
        return new BrokerConnection(
                endpoints,
                endpoint -> greeter.greet(endpoint).doOnNext(onGreeted),
                settings.backoff(),
                runtime.timers(),
                runtime.random(),
                events::emit);
    }

    private BrokerConnections connections(int brokerId, Endpoint endpoint) {
        return new BrokerConnections(brokerId, endpoint, settings.maxPerBroker(), this::connection, runtime.timers());
    }

    /**
     * Where the brokers are by now. Whoever waits for one that has moved waits for it at its new place; connections to
     * where a broker is no more are closed, and whoever waits for a broker that is not named any more gets {@code
     * LEADER_NOT_AVAILABLE}.
     *
     * @param atEpoch how new this is; what is older than what is known is not heard
     */
    public void learn(long atEpoch, Map<Integer, Endpoint> places) {
        List<BrokerConnections> moved = new ArrayList<>();
        Map<Integer, BrokerConnections> gone;
        synchronized (this) {
            if (closed || atEpoch < epoch) {
                return;
            }
            epoch = atEpoch;
            gone = new HashMap<>(brokers);
            gone.keySet().removeAll(places.keySet());
            brokers.keySet().retainAll(places.keySet());
            places.forEach((id, endpoint) -> {
                BrokerConnections broker = brokers.computeIfAbsent(id, added -> connections(id, endpoint));
                if (broker.moveTo(endpoint)) {
                    moved.add(broker);
                }
            });
        }
        moved.forEach(BrokerConnections::onMoved);
        gone.forEach((id, broker) -> broker.close(nowhere(id)));
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
        BrokerConnections broker;
        synchronized (this) {
            if (closed) {
                return Mono.error(closedError());
            }
            broker = brokers.get(brokerId);
        }
        return broker == null ? Mono.error(nowhere(brokerId)) : broker.session();
    }

    /** The first connection may carry streams before any metadata has told where its broker is. */
    private Mono<BrokerSession> withRoom(BrokerSession full) {
        int brokerId = full.brokerId();
        BrokerConnections broker;
        synchronized (this) {
            if (closed) {
                return Mono.error(closedError());
            }
            broker = brokers.computeIfAbsent(brokerId, id -> connections(id, full.endpoint()));
        }
        return broker.withRoom();
    }

    private static PenstockException nowhere(int brokerId) {
        return new PenstockException(
                ErrorCode.LEADER_NOT_AVAILABLE, "no metadata says where broker " + brokerId + " is");
    }

    /** Whether {@link #close()} was called. */
    public synchronized boolean isClosed() {
        return closed;
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
        List<BrokerConnections> open;
        synchronized (this) {
            closed = true;
            open = List.copyOf(brokers.values());
        }
        bootstrap.close(closedError());
        open.forEach(broker -> broker.close(closedError()));
        events.complete();
    }
}

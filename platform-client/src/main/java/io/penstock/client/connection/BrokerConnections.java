package io.penstock.client.connection;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.transport.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The connections to one broker, wherever it is by now: the first, for requests and streams, and more for streams that
 * find no room on those that are there. They are opened one at a time, and closed when they have carried nothing for a
 * while. Safe for any thread.
 */
final class BrokerConnections {

    /** How long a connection that carries nothing is kept for streams that may come. */
    static final Duration UNUSED_TIMEOUT = Duration.ofSeconds(30);

    /** After this a stream fails, so that whoever opens it can look again where it belongs. */
    private static final Duration ROOM_TIMEOUT = Duration.ofSeconds(10);

    /** Makes connections. */
    interface Factory {

        /** @param onGreeted told of each session before anybody gets it */
        BrokerConnection create(Supplier<List<Endpoint>> endpoints, Consumer<BrokerSession> onGreeted);
    }

    private final int brokerId;
    private final int maxConnections;
    private final Factory factory;
    private final Scheduler timers;
    private final BrokerConnection first;
    private final List<BrokerConnection> more = new ArrayList<>();
    private volatile Endpoint endpoint;
    private @Nullable PenstockException closed;

    /** @param maxConnections the most that there may be, 1 or more */
    BrokerConnections(int brokerId, Endpoint endpoint, int maxConnections, Factory factory, Scheduler timers) {
        this.brokerId = brokerId;
        this.endpoint = endpoint;
        this.maxConnections = maxConnections;
        this.factory = factory;
        this.timers = timers;
        this.first = factory.create(this::endpoints, greeted -> {});
    }

    private List<Endpoint> endpoints() {
        return List.of(endpoint);
    }

    /** A session, waited for; {@code NOT_LEADER_OR_FOLLOWER} if another broker answers. */
    Mono<BrokerSession> session() {
        return checked(first);
    }

    private Mono<BrokerSession> checked(BrokerConnection connection) {
        return connection.session().flatMap(session -> {
            if (session.brokerId() == brokerId) {
                return Mono.just(session);
            }
            session.close();
            return Mono.error(new PenstockException(
                    ErrorCode.NOT_LEADER_OR_FOLLOWER,
                    "broker " + session.brokerId() + " answers at " + session.endpoint() + " where " + brokerId
                            + " was expected"));
        });
    }

    /**
     * A session that has room for a stream, or had it until others took it. {@code TOO_MANY_STREAMS} if there are as
     * many connections as there may be, {@code CONNECTION_LOST} if there is no new one in 10 seconds.
     */
    Mono<BrokerSession> withRoom() {
        return Mono.defer(this::nextWithRoom).timeout(ROOM_TIMEOUT, Mono.error(this::unreachable), timers);
    }

    private Mono<BrokerSession> nextWithRoom() {
        BrokerConnection next;
        synchronized (this) {
            if (closed != null) {
                return Mono.error(closed);
            }
            BrokerSession there = sessionWithRoom();
            if (there != null) {
                return Mono.just(there);
            }
            next = connecting();
            if (next == null && more.size() + 1 >= maxConnections) {
                return Mono.error(full());
            }
            if (next == null) {
                next = factory.create(this::endpoints, this::onMore);
                more.add(next);
            }
        }
        return checked(next);
    }

    private @Nullable BrokerSession sessionWithRoom() {
        BrokerSession session = first.current();
        if (session != null && session.places().hasRoom()) {
            return session;
        }
        for (BrokerConnection connection : more) {
            session = connection.current();
            if (session != null && session.places().hasRoom()) {
                return session;
            }
        }
        return null;
    }

    private @Nullable BrokerConnection connecting() {
        for (BrokerConnection connection : more) {
            if (connection.current() == null) {
                return connection;
            }
        }
        return null;
    }

    private PenstockException full() {
        return new PenstockException(
                ErrorCode.TOO_MANY_STREAMS,
                "broker " + brokerId + " carries as many streams for this client as it may on " + maxConnections
                        + " connections: read fewer partitions with one client, allow it more connections"
                        + " (maxConnectionsPerBroker), or the broker more streams on each"
                        + " (streams.per.connection.max)");
    }

    private PenstockException unreachable() {
        return new PenstockException(
                ErrorCode.CONNECTION_LOST,
                "no connection to broker " + brokerId + " with room for a stream in " + ROOM_TIMEOUT.toSeconds()
                        + " s");
    }

    private void onMore(BrokerSession greeted) {
        greeted.places().onUnused(() -> closeLater(greeted));
        closeLater(greeted); // whoever waited for it may be gone
    }

    private void closeLater(BrokerSession unused) {
        long everTaken = unused.places().everTaken();
        try {
            timers.schedule(() -> closeUnused(unused, everTaken), UNUSED_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException ended) {
            // the client has ended, and all its connections
        }
    }

    private void closeUnused(BrokerSession unused, long everTakenThen) {
        if (!unused.places().closeIfUnusedSince(everTakenThen)) {
            return;
        }
        List<BrokerConnection> left;
        synchronized (this) {
            left = more.stream()
                    .filter(connection -> connection.current() == unused)
                    .toList();
            more.removeAll(left);
        }
        left.forEach(connection -> connection.close(
                new PenstockException(ErrorCode.CONNECTION_LOST, "the connection was closed, because it was unused")));
    }

    /** Where the broker is by now; {@link #onMoved} must follow if that is news. */
    boolean moveTo(Endpoint place) {
        boolean isNews = !endpoint.equals(place);
        endpoint = place;
        return isNews;
    }

    /** Closes what is connected to another place, and has those who wait there wait at the new one. */
    void onMoved() {
        all().forEach(BrokerConnection::onEndpointsChanged);
    }

    private synchronized List<BrokerConnection> all() {
        List<BrokerConnection> all = new ArrayList<>(more);
        all.add(first);
        return all;
    }

    /** Ends all, and fails whoever waits or comes later. A second call does nothing. */
    void close(PenstockException reason) {
        synchronized (this) {
            closed = closed == null ? reason : closed;
        }
        all().forEach(connection -> connection.close(reason));
    }
}

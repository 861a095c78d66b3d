package io.penstock.client.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Hello;
import io.penstock.core.protocol.Verb;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.LeakProbe;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Every connection succeeds at once, and has room for two streams. */
class BrokerConnectionsTest {

    private static final Duration A_WHILE = BrokerConnections.UNUSED_TIMEOUT;
    private static final Duration ALMOST = A_WHILE.minusMillis(1);

    private final LeakProbe leaks = new LeakProbe();
    private final VirtualTimeScheduler timers = VirtualTimeScheduler.create();
    private final List<Connection> opened = new ArrayList<>();
    private final BrokerConnections connections =
            new BrokerConnections(0, Endpoint.parse("local:a"), 3, this::connection, timers);

    /** What a broker's end of a connection sees. */
    private static final class Connection implements RSocket {

        private final Endpoint endpoint;
        private final Sinks.Empty<Void> closed = Sinks.empty();
        private int streams;
        private boolean isDisposed;

        Connection(Endpoint endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        public Flux<Payload> requestStream(Payload payload) {
            payload.release();
            streams++;
            return Flux.<Payload>never().doOnCancel(() -> streams--);
        }

        @Override
        public Mono<Void> onClose() {
            return closed.asMono();
        }

        @Override
        public boolean isDisposed() {
            return isDisposed;
        }

        @Override
        public void dispose() {
            isDisposed = true;
            closed.tryEmitEmpty();
        }
    }

    private BrokerConnection connection(Supplier<List<Endpoint>> endpoints, Consumer<BrokerSession> onGreeted) {
        return new BrokerConnection(
                endpoints,
                endpoint -> Mono.fromSupplier(() -> greeted(endpoint)).doOnNext(onGreeted),
                Backoff.DEFAULTS,
                timers,
                new Random(1),
                event -> {});
    }

    private BrokerSession greeted(Endpoint endpoint) {
        Connection connection = new Connection(endpoint);
        opened.add(connection);
        Hello.Limits limits = new Hello.Limits(1 << 20, 1 << 20, 1 << 20, 1 << 20, 2, 1);
        return new BrokerSession(
                endpoint,
                connection,
                new Hello.Response(0, "cluster", "1", Map.of(), limits, "anybody"),
                1 << 20,
                full -> connections.withRoom());
    }

    private Disposable stream() {
        return stream(error -> {});
    }

    private Disposable stream(Consumer<Throwable> onError) {
        return connections
                .session()
                .flatMapMany(session -> session.stream(Verb.FETCH, Map.of()))
                .subscribe(payload -> {}, onError);
    }

    private List<Integer> streams() {
        return opened.stream().map(connection -> connection.streams).toList();
    }

    @AfterEach
    void close() {
        connections.close(Connections.closedError());
        assertThat(opened).allMatch(Connection::isDisposed);
        timers.dispose();
        leaks.assertNone();
    }

    @Test
    void opensAnotherConnectionForAStreamThatFindsNoRoom() {
        for (int i = 0; i < 5; i++) {
            stream();
        }
        assertThat(streams()).containsExactly(2, 2, 1);
    }

    @Test
    void takesThePlaceOfAStreamThatEnded() {
        stream();
        Disposable second = stream();
        stream();
        second.dispose();
        stream();
        assertThat(streams()).containsExactly(2, 1);
    }

    @Test
    void refusesAStreamWhenThereAreAsManyConnectionsAsThereMayBe() {
        List<Throwable> errors = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            stream(errors::add);
        }
        assertThat(streams()).containsExactly(2, 2, 2);
        assertThat(errors)
                .singleElement()
                .isInstanceOfSatisfying(
                        PenstockException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.TOO_MANY_STREAMS));
    }

    @Test
    void closesAConnectionThatHasCarriedNothingForAWhile() {
        stream();
        stream();
        Disposable third = stream();
        timers.advanceTimeBy(A_WHILE);
        third.dispose();
        timers.advanceTimeBy(ALMOST);
        assertThat(opened.get(1).isDisposed).isFalse();
        timers.advanceTimeBy(Duration.ofMillis(1));
        assertThat(opened.get(1).isDisposed).isTrue();
        stream();
        assertThat(streams()).containsExactly(2, 0, 1);
    }

    @Test
    void keepsAConnectionThatWasUsedInTheMeantime() {
        stream();
        stream();
        stream().dispose();
        timers.advanceTimeBy(ALMOST);
        stream().dispose();
        timers.advanceTimeBy(ALMOST);
        assertThat(opened.get(1).isDisposed).isFalse();
        timers.advanceTimeBy(Duration.ofMillis(1));
        assertThat(opened.get(1).isDisposed).isTrue();
    }

    @Test
    void keepsTheFirstConnectionForRequests() {
        stream().dispose();
        timers.advanceTimeBy(A_WHILE.multipliedBy(2));
        assertThat(opened).singleElement().matches(connection -> !connection.isDisposed);
    }

    @Test
    void closesThemAllWhenTheBrokerMoves() {
        for (int i = 0; i < 3; i++) {
            stream();
        }
        Endpoint there = Endpoint.parse("local:b");
        assertThat(connections.moveTo(there)).isTrue();
        connections.onMoved();
        assertThat(opened).hasSize(2).allMatch(Connection::isDisposed);
        stream();
        assertThat(opened.get(2).endpoint).isEqualTo(there);
    }
}

package io.penstock.client.connection;

import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.transport.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;

/**
 * The way to one broker, or to any of several: connects when somebody waits for a session, and tries again, in turn
 * over the endpoints, for as long as somebody waits.
 *
 * <pre>
 *            somebody waits            greeted
 *   idle ────────────────► connecting ────────► connected
 *    ▲                      │      ▲                │
 *    │ nobody waits, or     │fails │ after backoff  │ lost
 *    └──────────────────────┴──────┘                │
 *    ▲      refused                                 │
 *    └──────────────────────────────────────────────┘          closed, from everywhere, is final
 * </pre>
 */
final class BrokerConnection {

    private final List<Endpoint> endpoints;
    private final Function<Endpoint, Mono<BrokerSession>> greeting;
    private final Backoff backoff;
    private final Scheduler timers;
    private final RandomGenerator random;
    private final Consumer<ConnectionEvent> events;

    private final Set<MonoSink<BrokerSession>> waiters = new LinkedHashSet<>();
    /** The attempt, or the pause before the next: one begins when the other is over. */
    private final Disposable.Swap step = Disposables.swap();

    private @Nullable BrokerSession session;
    private boolean connecting;
    private boolean closed;
    private int failures;
    private int turn;
    private volatile int lastBrokerId = -1;

    /** @param greeting makes one attempt for each subscription, and may signal at once */
    BrokerConnection(
            List<Endpoint> endpoints,
            Function<Endpoint, Mono<BrokerSession>> greeting,
            Backoff backoff,
            Scheduler timers,
            RandomGenerator random,
            Consumer<ConnectionEvent> events) {
        this.endpoints = endpoints;
        this.greeting = greeting;
        this.backoff = backoff;
        this.timers = timers;
        this.random = random;
        this.events = events;
    }

    /**
     * The session that is there, or the next one. Waits for ever unless it is cancelled, the broker refuses for good, or
     * the client is closed.
     */
    Mono<BrokerSession> session() {
        return Mono.create(this::await);
    }

    /** Who answered last, or -1. */
    int lastBrokerId() {
        return lastBrokerId;
    }

    private void await(MonoSink<BrokerSession> sink) {
        BrokerSession there;
        boolean start = false;
        synchronized (this) {
            if (closed) {
                sink.error(Connections.closedError());
                return;
            }
            there = session != null && session.isOpen() ? session : null;
            if (there == null) {
                waiters.add(sink);
                start = !connecting;
                connecting = true;
            }
        }
        if (there != null) {
            sink.success(there);
            return;
        }
        sink.onDispose(() -> forget(sink));
        if (start) {
            connect();
        }
    }

    private synchronized void forget(MonoSink<BrokerSession> sink) {
        waiters.remove(sink);
    }

    private void connect() {
        Endpoint endpoint = endpoints.get(Math.floorMod(turn++, endpoints.size()));
        take(new Step<>(greeting.apply(endpoint), this::onGreeted, error -> onFailed(endpoint, error)));
    }

    /**
     * Known before it begins: what signals at once has begun the step after it, perhaps on another thread, before the
     * subscription to it returns, and must not take that one's place.
     */
    private void take(Step<?> next) {
        step.update(next);
        next.begin();
    }

    private static final class Step<T> extends BaseSubscriber<T> {

        private final Mono<T> work;
        private final Consumer<T> then;
        private final Consumer<Throwable> otherwise;

        Step(Mono<T> work, Consumer<T> then, Consumer<Throwable> otherwise) {
            this.work = work;
            this.then = then;
            this.otherwise = otherwise;
        }

        void begin() {
            work.subscribe(this);
        }

        /** The end of what was given up comes to it too, and is no news. */
        @Override
        public Context currentContext() {
            return BrokerSession.QUIET;
        }

        @Override
        protected void hookOnNext(T value) {
            then.accept(value);
        }

        @Override
        protected void hookOnError(Throwable error) {
            otherwise.accept(error);
        }
    }

    private void onGreeted(BrokerSession greeted) {
        List<MonoSink<BrokerSession>> served;
        synchronized (this) {
            if (closed) {
                greeted.close();
                return;
            }
            session = greeted;
            lastBrokerId = greeted.brokerId();
            connecting = false;
            failures = 0;
            turn--; // the endpoint that works is the first to be tried again
            served = takeWaiters();
        }
        events.accept(
                new ConnectionEvent.Connected(greeted.endpoint().toString(), greeted.brokerId(), greeted.clusterId()));
        greeted.onClose().subscribe(null, null, () -> onLost(greeted));
        served.forEach(sink -> sink.success(greeted));
    }

    private void onLost(BrokerSession lost) {
        synchronized (this) {
            if (session == lost) {
                session = null;
            }
            if (closed) {
                return;
            }
        }
        events.accept(new ConnectionEvent.Lost(lost.endpoint().toString(), lost.brokerId(), "the connection ended"));
    }

    private void onFailed(Endpoint endpoint, Throwable error) {
        PenstockException failure = RSocketErrors.fromRSocket(error);
        boolean refused = !Backoff.canHelp(failure);
        Duration wait;
        int failed;
        boolean again;
        List<MonoSink<BrokerSession>> dropped = List.of();
        synchronized (this) {
            if (closed) {
                return;
            }
            failed = ++failures;
            wait = backoff.after((failed - 1) / endpoints.size() + 1, random);
            if (refused) {
                dropped = takeWaiters();
            }
            connecting = !waiters.isEmpty();
            again = connecting;
        }
        if (refused) {
            events.accept(new ConnectionEvent.Refused(endpoint.toString(), String.valueOf(failure.getMessage())));
            dropped.forEach(sink -> sink.error(failure));
            return;
        }
        events.accept(new ConnectionEvent.ConnectFailed(
                endpoint.toString(), failed, wait, String.valueOf(failure.getMessage())));
        if (again) {
            take(new Step<>(Mono.delay(wait, timers), elapsed -> retry(), ignored -> {}));
        }
    }

    private void retry() {
        synchronized (this) {
            connecting = !closed && !waiters.isEmpty();
            if (!connecting) {
                return;
            }
        }
        connect();
    }

    private List<MonoSink<BrokerSession>> takeWaiters() {
        List<MonoSink<BrokerSession>> taken = new ArrayList<>(waiters);
        waiters.clear();
        return taken;
    }

    void close() {
        List<MonoSink<BrokerSession>> dropped;
        BrokerSession open;
        synchronized (this) {
            closed = true;
            dropped = takeWaiters();
            open = session;
            session = null;
        }
        step.dispose();
        dropped.forEach(sink -> sink.error(Connections.closedError()));
        if (open != null) {
            open.close();
        }
    }
}

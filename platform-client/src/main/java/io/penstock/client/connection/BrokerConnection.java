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
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
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
 *    │ nobody waits, or     │fails │ after backoff  │ lost, or its endpoint
 *    └──────────────────────┴──────┘                │ is none of them any more
 *    ▲      refused                                 │
 *    └──────────────────────────────────────────────┘          closed, from everywhere, is final
 * </pre>
 */
final class BrokerConnection {

    private final Supplier<List<Endpoint>> endpoints;
    private final Function<Endpoint, Mono<BrokerSession>> greeting;
    private final Backoff backoff;
    private final Scheduler timers;
    private final RandomGenerator random;
    private final Consumer<ConnectionEvent> events;

    private final Set<MonoSink<BrokerSession>> waiters = new LinkedHashSet<>();

    /** The attempt, or the pause before the next; null if nothing is under way. What another one says is not heard. */
    private @Nullable Step<?> step;

    private @Nullable BrokerSession session;
    private @Nullable PenstockException closed;
    private @Nullable PenstockException lastFailure;
    private int failures;
    private int turn;
    private volatile int lastBrokerId = -1;

    /**
     * @param endpoints those of now, one or more; see {@link #onEndpointsChanged}
     * @param greeting makes one attempt for each subscription, and may signal at once
     */
    BrokerConnection(
            Supplier<List<Endpoint>> endpoints,
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
     * this is closed.
     */
    Mono<BrokerSession> session() {
        return Mono.create(this::await);
    }

    /** The session that is there; null if there is none now. */
    synchronized @Nullable BrokerSession current() {
        return session != null && session.isOpen() ? session : null;
    }

    /** Who answered last, or -1. */
    int lastBrokerId() {
        return lastBrokerId;
    }

    private void await(MonoSink<BrokerSession> sink) {
        BrokerSession there;
        PenstockException ended;
        Attempt first = null;
        synchronized (this) {
            ended = closed;
            there = current();
            if (ended == null && there == null) {
                waiters.add(sink);
                first = step == null ? nextAttempt() : null;
            }
        }
        if (ended != null) {
            sink.error(ended);
            return;
        }
        if (there != null) {
            sink.success(there);
            return;
        }
        SessionWait.isFor(sink.contextView(), this::whyNot);
        sink.onDispose(() -> forget(sink));
        if (first != null) {
            first.begin();
        }
    }

    /** Why there is no session, as half a sentence. */
    private synchronized String whyNot() {
        String state = lastFailure != null
                ? lastFailure.getMessage()
                : (step == null ? endpoints.get() : step.endpoint) + " has not answered so far";
        return state + "; is a Penstock broker running there?";
    }

    private synchronized void forget(MonoSink<BrokerSession> sink) {
        waiters.remove(sink);
    }

    /** Holds the lock. The attempt is known before it begins: it may be over, and the next under way, before that returns. */
    private Attempt nextAttempt() {
        List<Endpoint> now = endpoints.get();
        Attempt attempt = new Attempt(now.get(Math.floorMod(turn++, now.size())));
        step = attempt;
        return attempt;
    }

    private abstract static class Step<T> extends BaseSubscriber<T> {

        final Endpoint endpoint;

        Step(Endpoint endpoint) {
            this.endpoint = endpoint;
        }

        /** The end of what was given up comes to it too, and is no news. */
        @Override
        public Context currentContext() {
            return BrokerSession.QUIET;
        }
    }

    private final class Attempt extends Step<BrokerSession> {

        Attempt(Endpoint endpoint) {
            super(endpoint);
        }

        void begin() {
            greeting.apply(endpoint).subscribe(this);
        }

        @Override
        protected void hookOnNext(BrokerSession greeted) {
            onGreeted(this, greeted);
        }

        @Override
        protected void hookOnError(Throwable error) {
            onFailed(this, RSocketErrors.fromRSocket(error));
        }
    }

    private final class Pause extends Step<Long> {

        private final Duration length;

        Pause(Endpoint endpoint, Duration length) {
            super(endpoint);
            this.length = length;
        }

        void begin() {
            Mono.delay(length, timers).subscribe(this);
        }

        @Override
        protected void hookOnNext(Long elapsed) {
            onPaused(this);
        }

        @Override
        protected void hookOnError(Throwable ended) {
            // the timers have ended, and the client with them
        }
    }

    private void onGreeted(Attempt attempt, BrokerSession greeted) {
        List<MonoSink<BrokerSession>> served;
        boolean isHeard;
        synchronized (this) {
            isHeard = step == attempt;
            served = isHeard ? takeWaiters() : List.of();
            if (isHeard) {
                step = null;
                session = greeted;
                lastFailure = null;
                lastBrokerId = greeted.brokerId();
                failures = 0;
                turn--; // the endpoint that works is the first to be tried again
            }
        }
        if (!isHeard) {
            greeted.close();
            return;
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
            if (closed != null) {
                return;
            }
        }
        events.accept(new ConnectionEvent.Lost(lost.endpoint().toString(), lost.brokerId(), "the connection ended"));
    }

    private void onFailed(Attempt attempt, PenstockException failure) {
        boolean refused = !Backoff.canHelp(failure);
        String endpoint = attempt.endpoint.toString();
        Duration wait;
        int failed;
        Pause pause = null;
        List<MonoSink<BrokerSession>> dropped = List.of();
        synchronized (this) {
            if (step != attempt) {
                return;
            }
            lastFailure = failure;
            failed = ++failures;
            wait = backoff.after((failed - 1) / endpoints.get().size() + 1, random);
            if (refused) {
                dropped = takeWaiters();
            } else if (!waiters.isEmpty()) {
                pause = new Pause(attempt.endpoint, wait);
            }
            step = pause;
        }
        if (refused) {
            events.accept(new ConnectionEvent.Refused(endpoint, String.valueOf(failure.getMessage())));
            dropped.forEach(sink -> sink.error(failure));
            return;
        }
        events.accept(new ConnectionEvent.ConnectFailed(endpoint, failed, wait, String.valueOf(failure.getMessage())));
        if (pause != null) {
            pause.begin();
        }
    }

    private void onPaused(Pause pause) {
        Attempt next;
        synchronized (this) {
            if (step != pause) {
                return;
            }
            step = null;
            next = waiters.isEmpty() ? null : nextAttempt();
        }
        if (next != null) {
            next.begin();
        }
    }

    /**
     * What has to do with an endpoint that is none of them any more ends: the session is closed, and who waits for that
     * endpoint waits for another at once.
     */
    void onEndpointsChanged() {
        BrokerSession left;
        Step<?> given;
        Attempt next = null;
        synchronized (this) {
            List<Endpoint> now = endpoints.get();
            left = session == null || now.contains(session.endpoint()) ? null : session;
            session = left == null ? session : null;
            given = step == null || now.contains(step.endpoint) ? null : step;
            if (given != null) {
                step = null;
                lastFailure = null;
                failures = 0;
                next = waiters.isEmpty() ? null : nextAttempt();
            }
        }
        end(left, given);
        if (next != null) {
            next.begin();
        }
    }

    private static void end(@Nullable BrokerSession left, @Nullable Step<?> given) {
        if (left != null) {
            left.close();
        }
        if (given != null) {
            given.dispose();
        }
    }

    private List<MonoSink<BrokerSession>> takeWaiters() {
        List<MonoSink<BrokerSession>> taken = new ArrayList<>(waiters);
        waiters.clear();
        return taken;
    }

    /** Ends everything, and fails whoever waits or comes later. A second call does nothing. */
    void close(PenstockException reason) {
        List<MonoSink<BrokerSession>> dropped;
        BrokerSession left;
        Step<?> given;
        synchronized (this) {
            closed = closed == null ? reason : closed;
            dropped = takeWaiters();
            left = session;
            session = null;
            given = step;
            step = null;
        }
        end(null, given);
        dropped.forEach(sink -> sink.error(reason));
        end(left, null);
    }
}

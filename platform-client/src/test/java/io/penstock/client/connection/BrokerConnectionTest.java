package io.penstock.client.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.transport.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;

class BrokerConnectionTest {

    private static final PenstockException NOBODY_LISTENS =
            new PenstockException(ErrorCode.CONNECTION_LOST, "nobody listens");

    /** Attempts that fail at once, and after them those that the test ends. */
    private final List<Sinks.One<BrokerSession>> attempts = new ArrayList<>();

    private final List<Endpoint> tried = new ArrayList<>();
    private Endpoint endpoint = Endpoint.parse("local:nobody");
    private int failAtOnce;
    private Throwable failure = NOBODY_LISTENS;

    private Mono<BrokerSession> greet(Endpoint at) {
        tried.add(at);
        if (failAtOnce > 0) {
            failAtOnce--;
            return Mono.error(failure);
        }
        Sinks.One<BrokerSession> attempt = Sinks.one();
        attempts.add(attempt);
        return attempt.asMono();
    }

    private BrokerConnection connection(Scheduler timers) {
        return new BrokerConnection(
                () -> List.of(endpoint), this::greet, Backoff.DEFAULTS, timers, new Random(1), event -> {});
    }

    /**
     * A timer may fire before the thread that set it goes on: the next attempt is under way then, and what that thread
     * still has to do with the one that failed must not end it. Nobody would ever be told.
     */
    @Test
    void goesOnWithTheAttemptThatBeganBeforeTheFailedOneWasPutAway() {
        failAtOnce = 2;
        Disposable waiting = connection(new TimerBeforeItsSetter()).session().subscribe(session -> {}, error -> {});
        assertThat(attempts).hasSize(1);
        assertThat(attempts.get(0).currentSubscriberCount()).isOne();

        attempts.get(0).tryEmitError(NOBODY_LISTENS);
        assertThat(attempts).hasSize(2);
        assertThat(attempts.get(1).currentSubscriberCount()).isOne();
        waiting.dispose();
    }

    @Test
    void givesTheAttemptUpWhenItIsClosed() {
        BrokerConnection connection = connection(new TimerBeforeItsSetter());
        List<Throwable> errors = new ArrayList<>();
        connection.session().subscribe(session -> {}, errors::add);
        connection.close(Connections.closedError());
        assertThat(attempts.get(0).currentSubscriberCount()).isZero();
        assertThat(errors)
                .singleElement()
                .isInstanceOfSatisfying(
                        PenstockException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.CLIENT_CLOSED));
    }

    @Test
    void triesTheNewPlaceAtOnceWhenTheBrokerMovesDuringAnAttempt() {
        BrokerConnection connection = connection(new TimerBeforeItsSetter());
        Disposable waiting = connection.session().subscribe(session -> {}, error -> {});
        Endpoint before = endpoint;
        endpoint = Endpoint.parse("local:elsewhere");
        connection.onEndpointsChanged();
        assertThat(tried).containsExactly(before, endpoint);
        assertThat(attempts.get(0).currentSubscriberCount()).isZero();
        assertThat(attempts.get(1).currentSubscriberCount()).isOne();
        connection.onEndpointsChanged();
        assertThat(attempts).hasSize(2);
        waiting.dispose();
    }

    @Test
    void endsTheWaitWhenTheClientItselfFails() {
        failure = new ArithmeticException("a bug");
        failAtOnce = 1;
        List<Throwable> errors = new ArrayList<>();
        Disposable waiting = connection(new TimerBeforeItsSetter()).session().subscribe(session -> {}, errors::add);
        assertThat(errors).singleElement().extracting(Throwable::getCause).isSameAs(failure);
        assertThat(attempts).isEmpty();
        waiting.dispose();
    }

    /** Runs each task before {@code schedule} returns. */
    private static final class TimerBeforeItsSetter implements Scheduler {

        @Override
        public Disposable schedule(Runnable task) {
            task.run();
            return Disposables.single();
        }

        @Override
        public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
            assertThat(Duration.of(delay, unit.toChronoUnit())).isPositive();
            return schedule(task);
        }

        @Override
        public Worker createWorker() {
            throw new UnsupportedOperationException();
        }
    }
}

package io.penstock.client.producer;

import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.BrokerSession;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.ProducerIds;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.runtime.NodeRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A producer's id, asked for when the first batch needs it, and again when a partition has used up its epochs. One question
 * at a time; it is repeated as long as that may help. Safe for any thread.
 */
final class ProducerIdentities {

    private static final int VERSION = 1;

    private final Mono<ProducerIds.Response> question;
    private final Backoff backoff;
    private final NodeRuntime runtime;
    private final List<Consumer<ProducerIdentity>> waiting = new ArrayList<>();
    private @Nullable ProducerIdentity current;
    private boolean asking;
    private volatile @Nullable PenstockException failure;

    ProducerIdentities(ClusterMetadata metadata, Backoff backoff, NodeRuntime runtime) {
        this(
                metadata.ask(Verb.PRODUCER_ID, new ProducerIds.Request(VERSION, null), ProducerIds.Response.class),
                backoff,
                runtime);
    }

    ProducerIdentities(Mono<ProducerIds.Response> question, Backoff backoff, NodeRuntime runtime) {
        this.question = question;
        this.backoff = backoff;
        this.runtime = runtime;
    }

    Backoff backoff() {
        return backoff;
    }

    NodeRuntime runtime() {
        return runtime;
    }

    /** Why the producer can send no more, or null if it can. */
    @Nullable
    PenstockException failure() {
        return failure;
    }

    /** Somebody else has taken the producer's place, or the broker gives no ids: nothing can be sent any more. */
    void fail(PenstockException why) {
        List<Consumer<ProducerIdentity>> called;
        synchronized (this) {
            if (failure == null) {
                failure = why;
            }
            called = List.copyOf(waiting);
            waiting.clear();
        }
        called.forEach(each -> each.accept(new ProducerIdentity(-1, (short) -1)));
    }

    /**
     * Calls with an identity other than the spent one, maybe at once on this thread; after a failure with one that nothing
     * will be sent under.
     */
    void get(@Nullable ProducerIdentity spent, Consumer<ProducerIdentity> listener) {
        ProducerIdentity known;
        boolean ask;
        synchronized (this) {
            if (spent != null && current != null && current.id() == spent.id()) {
                current = null;
            }
            known = current;
            if (known == null) {
                waiting.add(listener);
            }
            ask = known == null && !asking;
            asking |= ask;
        }
        if (known != null) {
            listener.accept(known);
        } else if (ask) {
            ask(0);
        }
    }

    private void ask(int failures) {
        question.subscribe(
                answer -> onAnswer(new ProducerIdentity(answer.producerId(), answer.producerEpoch())),
                error -> onError(RSocketErrors.fromRSocket(error), failures + 1),
                null,
                BrokerSession.QUIET);
    }

    private void onAnswer(ProducerIdentity identity) {
        List<Consumer<ProducerIdentity>> called;
        synchronized (this) {
            asking = false;
            current = identity;
            called = List.copyOf(waiting);
            waiting.clear();
        }
        called.forEach(each -> each.accept(identity));
    }

    private void onError(PenstockException error, int failures) {
        if (!Backoff.canHelp(error)) {
            fail(new PenstockException(error.code(), "the broker gives no producer id: " + error.getMessage(), error));
            return;
        }
        try {
            runtime.timers()
                    .schedule(
                            () -> ask(failures),
                            backoff.after(failures, runtime.random()).toMillis(),
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException closed) {
            fail(error);
        }
    }
}

package io.penstock.client.metadata;

import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.BrokerSession;
import io.penstock.client.connection.Connections;
import io.penstock.client.connection.SessionWait;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Metadata;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.LocalEndpoint;
import io.rsocket.Payload;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Asks brokers for metadata, and tells the connections where each broker is. Signals come on the thread of the
 * connection. Safe for any thread.
 */
public final class ClusterMetadata {

    private static final int VERSION = 1;

    private final Connections connections;
    private final Backoff backoff;
    private final Duration requestTimeout;
    private final NodeRuntime runtime;
    private final boolean preferLocal;

    /** @param preferLocal whether a broker's {@code local:} listener is taken where it has several */
    public ClusterMetadata(
            Connections connections,
            Backoff backoff,
            Duration requestTimeout,
            NodeRuntime runtime,
            boolean preferLocal) {
        this.connections = connections;
        this.backoff = backoff;
        this.requestTimeout = requestTimeout;
        this.runtime = runtime;
        this.preferLocal = preferLocal;
    }

    /**
     * Asks once, for each subscription. {@code REQUEST_TIMED_OUT} if there is no connection, or no answer, in time;
     * {@code CONNECTION_LOST} if the connection ends before the answer.
     *
     * @param topics the names that matter; empty for none
     * @param allowAutoCreate whether a name that does not exist may be created
     */
    public Mono<Metadata.Image> fetch(Collection<String> topics, boolean allowAutoCreate) {
        Metadata.Request request = new Metadata.Request(VERSION, List.copyOf(topics), allowAutoCreate);
        return ask(connections.any(), Verb.METADATA, request, Metadata.Image.class)
                .doOnNext(this::learn);
    }

    /** A topic, from a fresh image. The error that the image names for it, if it does. */
    public Mono<TopicView> topic(String name, boolean allowAutoCreate) {
        return fetch(List.of(name), allowAutoCreate).map(image -> view(image, name));
    }

    private static TopicView view(Metadata.Image image, String name) {
        for (Metadata.TopicImage topic : image.topics()) {
            if (topic.name().equals(name)) {
                return view(topic);
            }
        }
        throw new PenstockException(
                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "the broker's metadata does not mention topic '" + name + "'");
    }

    /**
     * The topic of an image.
     *
     * @throws PenstockException with the error that the image names for it
     */
    public static TopicView view(Metadata.TopicImage topic) {
        ErrorCode error = ErrorCode.ofNumber(topic.error());
        UUID id = topic.id();
        if (error != ErrorCode.NONE || id == null) {
            ErrorCode code = error == ErrorCode.NONE ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : error;
            throw new PenstockException(code, "topic '" + topic.name() + "': " + code.meaning());
        }
        return new TopicView(topic.name(), id, topic.maxMessageBytes(), topic.partitions());
    }

    /**
     * Images of topics: one at once, then one for each change that concerns them. Starts on subscription, goes on over
     * lost connections, and skips images when the subscriber is slow. Ends only with an error that no retry can help.
     */
    public Flux<Metadata.Image> watch(Collection<String> topics) {
        Metadata.Request request = new Metadata.Request(VERSION, List.copyOf(topics), false);
        return Flux.defer(() -> {
            AtomicInteger failures = new AtomicInteger();
            Flux<Metadata.Image> once = connections
                    .any()
                    .flatMapMany(session -> session.stream(Verb.WATCH_METADATA, request))
                    .map(ClusterMetadata::decode)
                    .doOnNext(image -> failures.set(0))
                    .onErrorMap(RSocketErrors::fromRSocket);
            return once.concatWith(Mono.error(() -> new PenstockException(
                            ErrorCode.BROKER_CLOSING, "the broker ended the watch of its metadata")))
                    .retryWhen(reactor.util.retry.Retry.from(
                            signals -> signals.concatMap(signal -> pauseOrFail(signal.failure(), failures))))
                    .doOnNext(this::learn)
                    .contextWrite(BrokerSession.QUIET);
        });
    }

    private Mono<Long> pauseOrFail(Throwable failure, AtomicInteger failures) {
        if (failure instanceof PenstockException known && !Backoff.canHelp(known)) {
            return Mono.error(known);
        }
        return Mono.delay(backoff.after(failures.incrementAndGet(), runtime.random()), runtime.timers());
    }

    private static Metadata.Image decode(Payload payload) {
        try {
            return CborCodec.decode(payload.sliceData(), Metadata.Image.class);
        } finally {
            payload.release();
        }
    }

    /** A session with a broker; {@code LEADER_NOT_AVAILABLE} if no image has told where it is. */
    public Mono<BrokerSession> broker(int id) {
        return connections.to(id);
    }

    /**
     * Asks whom a session is waited for, at most for the request timeout in all: {@code REQUEST_TIMED_OUT} says what it
     * was that took so long.
     */
    public <T> Mono<T> ask(Mono<BrokerSession> whom, Verb verb, Object body, Class<T> answer) {
        return Mono.defer(() -> {
            SessionWait wait = new SessionWait();
            return whom.contextWrite(wait.context())
                    .doOnNext(wait::reached)
                    .flatMap(session -> session.request(verb, body, answer))
                    .timeout(requestTimeout, Mono.error(() -> timedOut(verb, wait)), runtime.timers())
                    .contextWrite(BrokerSession.QUIET);
        });
    }

    /** Asks any broker. */
    public <T> Mono<T> ask(Verb verb, Object body, Class<T> answer) {
        return ask(connections.any(), verb, body, answer);
    }

    /** The timers of a client that was closed let nobody wait. */
    private PenstockException timedOut(Verb verb, SessionWait wait) {
        if (connections.isClosed()) {
            return Connections.closedError();
        }
        return new PenstockException(
                ErrorCode.REQUEST_TIMED_OUT,
                "no answer to " + verb.route() + " in " + requestTimeout.toMillis() + " ms: " + wait.outcome());
    }

    private void learn(Metadata.Image image) {
        Map<Integer, Endpoint> known = new HashMap<>();
        for (Metadata.BrokerNode broker : image.brokers()) {
            choose(broker, known);
        }
        connections.learn(image.epoch(), known);
    }

    /** The listener of the kind that the client came by; any other if there is none. */
    private void choose(Metadata.BrokerNode broker, Map<Integer, Endpoint> known) {
        for (Metadata.Listener listener : broker.listeners()) {
            Endpoint endpoint = Endpoint.parse(listener.endpoint());
            boolean fits = endpoint instanceof LocalEndpoint == preferLocal;
            if (fits || !known.containsKey(broker.id())) {
                known.put(broker.id(), endpoint);
            }
        }
    }
}

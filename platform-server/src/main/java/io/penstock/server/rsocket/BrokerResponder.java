package io.penstock.server.rsocket;

import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.Versioned;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.server.request.ChannelHandler;
import io.penstock.server.request.ClientConnection;
import io.penstock.server.request.RequestHandlers;
import io.penstock.server.request.ResponseHandler;
import io.penstock.server.request.StreamHandler;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.RSocketErrorException;
import java.util.Objects;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Answers the requests of one connection: finds the handler of each, and maps what goes wrong to the error table. */
final class BrokerResponder implements RSocket {

    private static final Logger LOG = LoggerFactory.getLogger(BrokerResponder.class);

    /** What a channel is called until its opener has named its verb. */
    private static final String CHANNEL = "request-channel";

    private final RequestHandlers handlers;
    private final ClientConnection client;

    BrokerResponder(RequestHandlers handlers, ClientConnection client) {
        this.handlers = handlers;
        this.client = client;
    }

    @Override
    public Mono<Payload> requestResponse(Payload payload) {
        Verb verb = null;
        try {
            verb = Openers.verb(payload, Verb.Interaction.REQUEST_RESPONSE);
            Verb known = verb;
            return respond(payload, verb, Objects.requireNonNull(handlers.response(verb)))
                    .onErrorMap(error -> signal(error, known.route()));
        } catch (RuntimeException e) {
            return Mono.error(signal(e, verb == null ? "request-response" : verb.route()));
        } finally {
            payload.release();
        }
    }

    private <Q extends Versioned, R> Mono<Payload> respond(Payload payload, Verb verb, ResponseHandler<Q, R> handler) {
        Q body = Openers.body(payload, verb, handler.requestType());
        return handler.answer(body).map(answer -> client.encode(verb, answer));
    }

    @Override
    public Flux<Payload> requestStream(Payload payload) {
        Verb verb = null;
        try {
            verb = Openers.verb(payload, Verb.Interaction.REQUEST_STREAM);
            Verb known = verb;
            Flux<Payload> stream = stream(payload, verb, Objects.requireNonNull(handlers.stream(verb)));
            return counted(stream).onErrorMap(error -> signal(error, known.route()));
        } catch (RuntimeException e) {
            return Flux.error(signal(e, verb == null ? "request-stream" : verb.route()));
        } finally {
            payload.release();
        }
    }

    private <Q extends Versioned> Flux<Payload> stream(Payload payload, Verb verb, StreamHandler<Q> handler) {
        return handler.stream(Openers.body(payload, verb, handler.requestType()), client);
    }

    @Override
    public Flux<Payload> requestChannel(Publisher<Payload> payloads) {
        return counted(new OpeningChannel(payloads, this::channel)).onErrorMap(error -> signal(error, CHANNEL));
    }

    private Flux<Payload> channel(Payload opener, Publisher<Payload> payloads) {
        try {
            Verb verb = Openers.verb(opener, Verb.Interaction.REQUEST_CHANNEL);
            return channel(payloads, verb, Objects.requireNonNull(handlers.channel(verb)))
                    .onErrorMap(error -> signal(error, verb.route()));
        } catch (RuntimeException e) {
            return Flux.error(signal(e, CHANNEL));
        }
    }

    private <Q extends Versioned> Flux<Payload> channel(
            Publisher<Payload> payloads, Verb verb, ChannelHandler<Q> handler) {
        return handler.channel(payloads, opener -> Openers.body(opener, verb, handler.requestType()), client);
    }

    /**
     * Keeps to the limit of streams, and subscribes at once, as RSocket needs it. A stream is counted out before its end
     * is signalled: the client may open the next one when it has read that.
     */
    private Flux<Payload> counted(Flux<Payload> stream) {
        return Flux.using(
                () -> {
                    client.enter();
                    return stream;
                },
                entered -> entered,
                left -> client.leave());
    }

    private Throwable signal(Throwable error, String what) {
        if (error instanceof RSocketErrorException) {
            return error;
        }
        if (!(error instanceof PenstockException)) {
            LOG.error("{} of {} failed in a way that was not foreseen", what, client, error);
        }
        return RSocketErrors.toRSocket(error);
    }
}

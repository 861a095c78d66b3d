package io.penstock.server.request;

import io.penstock.core.protocol.Versioned;
import reactor.core.publisher.Mono;

/**
 * Answers a verb with one body.
 *
 * @param <Q> the body that opens
 * @param <R> the body that answers
 */
public interface ResponseHandler<Q extends Versioned, R> {

    Class<Q> requestType();

    /** Called on an event loop; must not block. Work starts with the subscription. Errors are PenstockExceptions. */
    Mono<R> answer(Q request);
}

package io.penstock.server.request;

import io.penstock.core.protocol.Versioned;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/**
 * Answers a verb with one body.
 *
 * @param <Q> the body that opens
 * @param <R> the body that answers
 */
public interface ResponseHandler<Q extends Versioned, R> {

    Class<Q> requestType();

    /** A handler that is one function. */
    static <Q extends Versioned, R> ResponseHandler<Q, R> of(Class<Q> requestType, Function<Q, Mono<R>> answer) {
        return new ResponseHandler<>() {
            @Override
            public Class<Q> requestType() {
                return requestType;
            }

            @Override
            public Mono<R> answer(Q request) {
                return answer.apply(request);
            }
        };
    }

    /** Called on an event loop; must not block. Work starts with the subscription. Errors are PenstockExceptions. */
    Mono<R> answer(Q request);
}

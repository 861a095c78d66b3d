package io.penstock.server.request;

import io.penstock.core.protocol.Versioned;
import io.rsocket.Payload;
import reactor.core.publisher.Flux;

/**
 * Answers a verb with a stream.
 *
 * @param <Q> the body that opens
 */
public interface StreamHandler<Q extends Versioned> {

    Class<Q> requestType();

    /**
     * Called on an event loop; must not block. The Flux subscribes at once whoever subscribes to it: a REQUEST_N that
     * finds no subscription ends the connection.
     */
    Flux<Payload> stream(Q request, ClientConnection client);
}

package io.penstock.core.transport;

import io.rsocket.ConnectionSetupPayload;
import io.rsocket.RSocket;
import reactor.core.publisher.Mono;

/** Decides on a new connection, and answers its requests. */
@FunctionalInterface
public interface ConnectionHandler {

    /**
     * Called once for each connection, on its event loop, after its SETUP frame has come.
     *
     * @param connection the connection
     * @param setup what the client said; released when the returned {@code Mono} has ended
     * @param peer sends requests to the client
     * @return the responder. An error refuses the connection: the client gets REJECTED_SETUP with the error's name and
     *     message. Every publisher that the responder returns must call {@code onSubscribe} at once: RSocket kills the
     *     connection if REQUEST_N comes first
     */
    Mono<RSocket> accept(ServerConnection connection, ConnectionSetupPayload setup, RSocket peer);
}

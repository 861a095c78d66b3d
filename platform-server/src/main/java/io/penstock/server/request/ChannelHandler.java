package io.penstock.server.request;

import io.penstock.core.protocol.Versioned;
import io.rsocket.Payload;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * Answers a verb with a channel.
 *
 * @param <Q> the body that opens
 */
public interface ChannelHandler<Q extends Versioned> {

    Class<Q> requestType();

    /**
     * Called on an event loop; must not block. The Flux subscribes at once whoever subscribes to it.
     *
     * @param inbound the channel's payloads, the opening one first; the handler releases them
     * @param opener reads the opening payload, or refuses it with a PenstockException; does not release it
     */
    Flux<Payload> channel(Publisher<Payload> inbound, Function<Payload, Q> opener, ClientConnection client);
}

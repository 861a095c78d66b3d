package io.penstock.core.transport;

import io.penstock.core.error.PenstockException;
import io.penstock.core.runtime.Loops;
import java.util.Collection;
import reactor.core.publisher.Mono;

/**
 * Listens on one endpoint, and speaks RSocket with the clients that connect. Payloads that reach the handler's
 * responder are slices of received frames, which the responder releases.
 *
 * <p>A peer that misbehaves costs its own limits and its own connection: too large a frame, one that does not come
 * to its end, bytes that are not RSocket, no SETUP, no request, unread answers. Safe for any thread.
 */
public final class TransportServer {

    /** What accepts connections for one kind of endpoint. */
    interface Listener {

        Endpoint endpoint();

        /** Lets no further connection in, if the kind can do that by itself. */
        Mono<Void> stop();

        /** Gives the endpoint back; all connections have ended. */
        Mono<Void> release();
    }

    private final Admission admission;
    private final Listener listener;

    private TransportServer(Admission admission, Listener listener) {
        this.admission = admission;
        this.listener = listener;
    }

    /**
     * Begins to listen. Work starts on subscription; a server that comes after a cancel is closed again. Signals on an
     * event loop, or for a local endpoint on the subscribing thread.
     *
     * @param budget what all connections may have unsent; may be shared with other servers
     * @param loops run the connections of a TCP endpoint; stay open when the server closes
     * @return the server, or a {@link PenstockException} with {@code INVALID_CONFIG} if the endpoint can't be had
     */
    public static Mono<TransportServer> bind(
            Endpoint endpoint, TransportLimits limits, OutboundBudget budget, Loops loops, ConnectionHandler handler) {
        return Mono.defer(() -> {
            Admission admission = new Admission(limits, loops, handler);
            Mono<? extends Listener> listener = endpoint instanceof TcpEndpoint tcp
                    ? TcpListener.bind(tcp, limits, budget, loops, admission)
                    : LocalListener.bind((LocalEndpoint) endpoint, limits, budget, admission);
            return listener.map(bound -> new TransportServer(admission, bound));
        });
    }

    /** Where the server listens, with the port that it really has. */
    public Endpoint endpoint() {
        return listener.endpoint();
    }

    /**
     * Ends listening; connections stay. A local name stays taken until {@link #close}, and who connects to it is
     * refused with BROKER_CLOSING. Work starts on subscription and can't be cancelled; a second call does nothing.
     */
    public Mono<Void> stopListening() {
        return Mono.fromRunnable(admission::stopListening).then(listener.stop());
    }

    /**
     * Ends listening, closes all connections now, and completes when they have ended. Work starts on subscription and
     * can't be cancelled; a second call does nothing.
     */
    public Mono<Void> close() {
        return stopListening().then(admission.close()).then(listener.release());
    }

    /** How many connections are being served. */
    public int connectionCount() {
        return connections().size();
    }

    /** The connections that are being served: a live view, weakly consistent. */
    public Collection<ServerConnection> connections() {
        return admission.connections();
    }

    /** What all connections hold of frames that have not come whole, in bytes. */
    public long unfinishedBytes() {
        return admission.inbound().usedBytes();
    }

    /** What has been counted since the server was bound. */
    public TransportMetrics metrics() {
        return admission.metrics();
    }
}

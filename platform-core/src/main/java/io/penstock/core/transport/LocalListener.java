package io.penstock.core.transport;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.rsocket.Closeable;
import io.rsocket.DuplexConnection;
import io.rsocket.transport.local.LocalServerTransport;
import reactor.core.publisher.Mono;

/** A name in this JVM, by RSocket's local transport. It can't be unbound without ending the connections. */
final class LocalListener implements TransportServer.Listener {

    private final LocalEndpoint endpoint;
    private final Closeable registration;

    private LocalListener(LocalEndpoint endpoint, Closeable registration) {
        this.endpoint = endpoint;
        this.registration = registration;
    }

    static Mono<LocalListener> bind(
            LocalEndpoint endpoint, TransportLimits limits, OutboundBudget budget, Admission admission) {
        return LocalServerTransport.create(endpoint.name())
                .start(frames -> admit(frames, limits, budget, admission))
                .map(registration -> new LocalListener(endpoint, registration))
                .onErrorMap(
                        IllegalStateException.class,
                        error -> new PenstockException(
                                ErrorCode.INVALID_CONFIG,
                                "can't listen on " + endpoint + ": another server of this JVM has that name",
                                error));
    }

    private static Mono<Void> admit(
            DuplexConnection end, TransportLimits limits, OutboundBudget budget, Admission admission) {
        DuplexConnection frames = new LocalFrameConnection(end);
        admission.admit(frames, new OutboundWindow(budget, limits.maxUnsentBytesPerConnection()), true);
        return frames.onClose().onErrorComplete();
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public Mono<Void> stop() {
        return Mono.empty();
    }

    /** Frees the name at once; RSocket's registration would wait for the other ends of its connections too. */
    @Override
    public Mono<Void> release() {
        return Mono.fromRunnable(registration::dispose);
    }
}

package io.penstock.core.transport;

import io.netty.channel.ChannelOption;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.error.Reasons;
import io.penstock.core.runtime.Loops;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpServer;

/** A listening TCP socket. */
final class TcpListener implements TransportServer.Listener {

    private static final int BACKLOG = 1024;

    /** How long a connection starves before others, that sent nothing for as long, make room for it. */
    private static final Duration BEAT = Duration.ofSeconds(5);

    private final TcpEndpoint endpoint;
    private final DisposableServer server;
    private final List<Future<?>> timers;

    private TcpListener(TcpEndpoint endpoint, DisposableServer server, List<Future<?>> timers) {
        this.endpoint = endpoint;
        this.server = server;
        this.timers = timers;
    }

    static Mono<TcpListener> bind(
            TcpEndpoint endpoint, TransportLimits limits, OutboundBudget budget, Loops loops, Admission admission) {
        TcpServer server = TcpServer.create()
                .runOn(loops.resources())
                .host(endpoint.host())
                .port(endpoint.port())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .doOnConnection(connection -> admit(connection, limits, budget, admission));
        return TcpOptions.applyTo(server)
                .bind()
                .<TcpListener>map(bound -> new TcpListener(
                        new TcpEndpoint(endpoint.host(), ((InetSocketAddress) bound.address()).getPort()),
                        bound,
                        List.of(
                                repeat(bound, budget::beat, BEAT),
                                repeat(bound, admission::closeUnasked, limits.setupTimeout()))))
                .onErrorMap(error -> new PenstockException(
                        ErrorCode.INVALID_CONFIG, "can't listen on " + endpoint + ": " + reason(error), error));
    }

    private static Future<?> repeat(DisposableServer server, Runnable task, Duration interval) {
        long nanos = interval.toNanos();
        return server.channel().eventLoop().scheduleAtFixedRate(task, nanos, nanos, TimeUnit.NANOSECONDS);
    }

    private static void admit(
            Connection connection, TransportLimits limits, OutboundBudget budget, Admission admission) {
        OutboundWindow window = new OutboundWindow(budget, limits.maxUnsentBytesPerConnection());
        TcpFrameConnection frames = TcpFrameConnection.open(
                connection,
                admission.newDecoder(),
                window,
                limits.unsentBytesCeiling(),
                admission.violations(),
                admission.metrics());
        admission.admit(frames, window, false);
    }

    private static String reason(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String reason = Reasons.of(root);
        return reason.contains("already in use")
                ? "another process listens there; stop it, or choose another port (0 takes a free one)"
                : reason;
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public Mono<Void> stop() {
        return Mono.defer(() -> {
            server.dispose();
            return server.onDispose();
        });
    }

    @Override
    public Mono<Void> release() {
        return stop().doFinally(signal -> timers.forEach(timer -> timer.cancel(false)));
    }
}

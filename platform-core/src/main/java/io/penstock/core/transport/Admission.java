package io.penstock.core.transport;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.runtime.Loops;
import io.rsocket.DuplexConnection;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketServer;
import io.rsocket.exceptions.RejectedSetupException;
import io.rsocket.frame.decoder.PayloadDecoder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Lets connections in, up to the limit, keeps the register of them, and speaks RSocket on them. */
final class Admission {

    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

    /** So many may wait for their refusal; more are closed without a word. */
    private static final int MAX_REFUSALS = 256;

    private final TransportLimits limits;
    private final ConnectionHandler handler;
    private final InboundBudget inbound;
    private final TransportMetrics metrics = new TransportMetrics();
    private final LongSupplier nanoTime;
    private final ViolationLog violations;
    private final AtomicLong ids = new AtomicLong();
    private final AtomicInteger freePlaces;
    private final Map<Long, AcceptedConnection> connections = new ConcurrentHashMap<>();
    private final Set<DuplexConnection> refused = ConcurrentHashMap.newKeySet();
    private volatile boolean isListening = true;
    private volatile boolean isClosed;

    Admission(TransportLimits limits, Loops loops, ConnectionHandler handler) {
        this.limits = limits;
        this.inbound = new InboundBudget(limits.maxUnfinishedBytesTotal());
        this.nanoTime = loops::nanoTime;
        this.violations = new ViolationLog(metrics, nanoTime, Level.WARN);
        this.handler = handler;
        this.freePlaces = new AtomicInteger(limits.maxConnections());
    }

    TransportMetrics metrics() {
        return metrics;
    }

    ViolationLog violations() {
        return violations;
    }

    InboundBudget inbound() {
        return inbound;
    }

    /** Cuts the frames of one connection, all of them out of one budget. */
    FrameDecoder newDecoder() {
        return new FrameDecoder(
                limits.maxFrameBytes(), FrameRules.ofServer(), inbound, limits.frameTimeout(), violations, metrics);
    }

    Collection<ServerConnection> connections() {
        return Collections.unmodifiableCollection(connections.values());
    }

    void stopListening() {
        isListening = false;
    }

    /** Closes all connections, also those that come from now on, and completes when they have ended. */
    Mono<Void> close() {
        return Flux.defer(() -> {
                    isListening = false;
                    isClosed = true;
                    List<DuplexConnection> open = new ArrayList<>(refused);
                    connections.values().forEach(connection -> open.add(connection.frames()));
                    open.forEach(DuplexConnection::dispose);
                    return Flux.fromIterable(open);
                })
                .concatMap(frames -> frames.onClose().onErrorComplete())
                .then();
    }

    /** Takes over a new connection. Never fails; what goes wrong closes that connection alone. */
    void admit(DuplexConnection frames, OutboundWindow outbound, boolean isLocal) {
        if (!isListening) {
            refuse(frames, ErrorCode.BROKER_CLOSING, "the broker is shutting down");
        } else if (!tryTakePlace()) {
            refuse(
                    frames,
                    ErrorCode.TOO_MANY_CONNECTIONS,
                    "the broker serves " + limits.maxConnections() + " connections, and no more");
        } else {
            metrics.accepted.increment();
            serve(new AcceptedConnection(
                    ids.incrementAndGet(), new HeardConnection(frames, nanoTime), outbound, isLocal));
        }
    }

    private void serve(AcceptedConnection connection) {
        connections.put(connection.id(), connection);
        connection.onClose().subscribe(null, error -> leave(connection), () -> leave(connection));
        speak(
                connection.frames(),
                RSocketServer.create((setup, peer) -> Mono.defer(() -> handler.accept(connection, setup, peer))
                        .doOnSuccess(responder -> connection.frames().answers())
                        .onErrorMap(Admission::rejection)));
    }

    /** Closes connections whose places others may need: nothing has ever been asked on them. Called from time to time. */
    void closeUnasked() {
        for (AcceptedConnection connection : connections.values()) {
            if (connection.frames().unaskedFor().compareTo(limits.setupTimeout()) > 0) {
                violations.closing(connection.remote(), Violation.NO_REQUEST, "no request in " + limits.setupTimeout());
                connection.close();
            }
        }
    }

    private void leave(AcceptedConnection connection) {
        if (connections.remove(connection.id(), connection)) {
            connection.outbound().close();
            freePlaces.incrementAndGet();
        }
    }

    /** RSocket carries no number in a refusal, so the error's name begins its text. */
    private static Throwable rejection(Throwable error) {
        return error instanceof PenstockException e
                ? new RejectedSetupException(e.code() + ": " + e.getMessage(), e)
                : error;
    }

    /** The client's SETUP is read first: an ERROR that is sent before unread bytes can be lost to a reset. */
    private void refuse(DuplexConnection frames, ErrorCode code, String reason) {
        metrics.refused.increment();
        if (refused.size() >= MAX_REFUSALS) {
            frames.dispose();
            frames.receive().subscribe(ignored -> {}, error -> {}); // releases what has come already
            return;
        }
        refused.add(frames);
        frames.onClose().subscribe(null, error -> refused.remove(frames), () -> refused.remove(frames));
        speak(
                frames,
                RSocketServer.create(
                        (setup, peer) -> Mono.<RSocket>error(new RejectedSetupException(code + ": " + reason))));
    }

    private void speak(DuplexConnection frames, RSocketServer server) {
        server.payloadDecoder(PayloadDecoder.ZERO_COPY)
                .maxInboundPayloadSize(limits.maxFrameBytes())
                .maxTimeToFirstFrame(limits.setupTimeout())
                .asConnectionAcceptor(limits.maxFrameBytes())
                .apply(frames)
                .subscribe(null, error -> onSetupFailed(frames, error));
        if (isClosed) {
            frames.dispose();
        }
    }

    private void onSetupFailed(DuplexConnection frames, Throwable error) {
        if (error instanceof TimeoutException) {
            violations.closing(frames.remoteAddress(), Violation.NO_SETUP, "no SETUP in " + limits.setupTimeout());
        } else {
            LOG.debug("The connection with {} came to nothing", frames.remoteAddress(), error);
        }
        frames.dispose();
    }

    private boolean tryTakePlace() {
        return freePlaces.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
    }
}

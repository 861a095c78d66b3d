package io.penstock.server;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.Violation;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * A running broker. A JVM can have many, each with a data directory of its own.
 *
 * <pre>{@code
 * Broker broker = Broker.start(BrokerConfig.builder().dataDirectory(path).listeners("local:app").build()).block();
 * ...
 * broker.stop().block();
 * }</pre>
 */
public final class Broker {

    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

    private final BrokerConfig config;
    private final NodeRuntime runtime;
    private final String clusterId;
    private final List<Endpoint> endpoints;
    private final BrokerParts parts;
    private final List<Meter> meters;
    private final Mono<Void> stopping;

    Broker(BrokerConfig config, NodeRuntime runtime, String clusterId, List<Endpoint> endpoints, BrokerParts parts) {
        this.config = config;
        this.runtime = runtime;
        this.clusterId = clusterId;
        this.endpoints = endpoints;
        this.parts = parts;
        this.meters = meters(config.metrics());
        this.stopping = Mono.defer(this::drainAndTakeApart).cache();
    }

    /**
     * Starts a broker with threads of its own.
     *
     * <p>Work starts on subscription. The Mono gives the broker once it listens and answers; it signals on a thread of
     * the broker. Cancelling does not undo what has begun: let it finish, and stop the broker.
     *
     * <p>Errors: PenstockException with DIRECTORY_LOCKED if another broker has the data directory, INVALID_CONFIG if it
     * is another broker's or an endpoint can't be had, STORAGE_ERROR if it can't be read or written. Nothing is left
     * behind then.
     */
    public static Mono<Broker> start(BrokerConfig config) {
        return Mono.defer(() -> start(
                config,
                NodeRuntime.builder("broker-" + config.get(BrokerSettings.BROKER_ID))
                        .ioThreads(config.get(BrokerSettings.IO_THREADS))
                        .forceThreads(config.get(BrokerSettings.IO_FORCE_THREADS))
                        .build(),
                true));
    }

    /** As {@link #start(BrokerConfig)}, on a runtime that the caller closes after the broker has stopped. */
    public static Mono<Broker> start(BrokerConfig config, NodeRuntime runtime) {
        return start(config, runtime, false);
    }

    private static Mono<Broker> start(BrokerConfig config, NodeRuntime runtime, boolean ownsRuntime) {
        return Mono.defer(() -> {
            long startNanos = runtime.nanoTime().getAsLong();
            return new BrokerStartup(config, runtime, ownsRuntime)
                    .start()
                    .doOnNext(broker -> LOG.info(
                            "Broker {} of cluster {} listens on {} after {} ms, data in {}",
                            broker.brokerId(),
                            broker.clusterId,
                            broker.endpoints,
                            Duration.ofNanos(runtime.nanoTime().getAsLong() - startNanos)
                                    .toMillis(),
                            config.dataDirectories()));
        });
    }

    /**
     * Stops: listens no more; ends every fetch stream at an element, in band, every produce channel when all its batches
     * are answered, and every channel of a group's member, whose session goes on; lets the sockets take what was sent;
     * then closes connections, logs and threads. What does not end within {@code shutdown.timeout.ms} is cut off.
     *
     * <p>Work starts with the first subscription and goes on whoever cancels; later ones get the same end. Completes on
     * a thread of the broker. No errors: parts that fail to close are logged.
     */
    public Mono<Void> stop() {
        return stopping;
    }

    private Mono<Void> drainAndTakeApart() {
        Duration timeout = Duration.ofMillis(config.get(BrokerSettings.SHUTDOWN_TIMEOUT_MS));
        long startNanos = runtime.nanoTime().getAsLong();
        return parts.listeners()
                .stopListening()
                .then(parts.streams()
                        .finish()
                        .then(parts.groups().drain())
                        .timeout(timeout, Mono.fromRunnable(() -> cutOff(timeout)), runtime.timers()))
                .then(Mono.fromRunnable(parts.metadata()::close))
                .then(Mono.defer(() -> parts.listeners().flush(rest(timeout, startNanos), runtime.timers())))
                .onErrorComplete()
                .then(Mono.fromRunnable(() -> meters.forEach(config.metrics()::remove)))
                .then(parts.takeApart())
                .doOnSuccess(done -> LOG.info("Broker {} has stopped", brokerId()));
    }

    private void cutOff(Duration timeout) {
        LOG.warn(
                "Broker {} stops: {} streams have not ended in {} ms and are cut off",
                brokerId(),
                parts.streams().count(),
                timeout.toMillis());
    }

    /** What is left of a timeout; one that is over still gives what is done already a chance to be seen. */
    private Duration rest(Duration timeout, long startNanos) {
        Duration rest = timeout.minusNanos(runtime.nanoTime().getAsLong() - startNanos);
        return rest.isNegative() ? Duration.ZERO : rest;
    }

    /** Where clients connect, with the ports that were really taken, in the order of the configuration. */
    public List<Endpoint> endpoints() {
        return endpoints;
    }

    /** The first of {@link #endpoints()}, as a client takes it. */
    public String endpoint() {
        return endpoints.get(0).toString();
    }

    public int brokerId() {
        return config.get(BrokerSettings.BROKER_ID);
    }

    public String clusterId() {
        return clusterId;
    }

    /** What the broker holds and has done. */
    public BrokerStatus status() {
        return new BrokerStatus(
                parts.listeners().connectionCount(),
                parts.streams().count(),
                parts.listeners().unsentBytes(),
                parts.produceBudget().usedBytes(),
                parts.storageMetrics().bytesWritten(),
                parts.partitions().bytesRead());
    }

    private List<Meter> meters(MeterRegistry registry) {
        Stream<Meter> gauges = Stream.<Meter>of(
                gauge("penstock.connections", "connections", BrokerStatus::connections, registry),
                gauge("penstock.streams", "streams", BrokerStatus::openStreams, registry),
                gauge("penstock.unsent", "bytes", BrokerStatus::unsentBytes, registry),
                gauge("penstock.produce.inflight", "bytes", BrokerStatus::produceInflightBytes, registry),
                gauge("penstock.log.read", "bytes", BrokerStatus::bytesRead, registry),
                gauge("penstock.logs.open", "logs", parts.partitions()::openLogs, registry),
                gauge("penstock.unfinished", "bytes", parts.listeners()::unfinishedBytes, registry),
                gauge("penstock.groups", "groups", parts.groups()::groupCount, registry),
                gauge("penstock.group.members", "members", parts.groups()::memberCount, registry),
                gauge("penstock.produce.reserved", "bytes", parts.produceBudget()::reservedBytes, registry));
        Stream<Meter> counters = Arrays.stream(Violation.values()).map(violation -> closedCounter(violation, registry));
        return Stream.concat(gauges, counters).toList();
    }

    private Meter closedCounter(Violation violation, MeterRegistry registry) {
        return FunctionCounter.builder(
                        "penstock.connections.closed",
                        this,
                        broker -> parts.listeners().closed(violation))
                .tag("broker", String.valueOf(brokerId()))
                .tag("violation", violation.name().toLowerCase(Locale.ROOT))
                .register(registry);
    }

    private Gauge gauge(String name, String unit, ToDoubleFunction<BrokerStatus> value, MeterRegistry registry) {
        return gauge(name, unit, () -> value.applyAsDouble(status()), registry);
    }

    private Gauge gauge(String name, String unit, DoubleSupplier value, MeterRegistry registry) {
        return Gauge.builder(name, this, broker -> value.getAsDouble())
                .baseUnit(unit)
                .tag("broker", String.valueOf(brokerId()))
                .register(registry);
    }

    @Override
    public String toString() {
        return "Broker[" + brokerId() + " on " + endpoints + "]";
    }
}

package io.penstock.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.penstock.core.config.Setting;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.LeakProbe;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A broker with its clients, and the search for what they left behind. */
final class BrokerFixture implements AutoCloseable {

    private final LeakProbe leaks = new LeakProbe();
    private final Deque<StockClient> clients = new ArrayDeque<>();
    private final BrokerConfig.Builder config;
    private @Nullable NodeRuntime runtime;
    private Broker broker;

    private BrokerFixture(Path directory, String... listeners) {
        this.config = BrokerConfig.builder().dataDirectory(directory).listeners(listeners);
        with(
                BrokerSettings.SHUTDOWN_TIMEOUT_MS,
                StockClient.TIMEOUT.toMillis() - 10_000); // a slow disk cuts nothing off
    }

    static BrokerFixture on(Path directory, String... listeners) {
        return new BrokerFixture(directory, listeners);
    }

    <T> BrokerFixture with(Setting<T> setting, T value) {
        config.set(setting, value);
        return this;
    }

    BrokerFixture metrics(MeterRegistry registry) {
        config.metrics(registry);
        return this;
    }

    /** The broker runs on a runtime that the test closes. */
    BrokerFixture on(NodeRuntime testsRuntime) {
        runtime = testsRuntime;
        return this;
    }

    BrokerFixture start() {
        BrokerConfig built = config.build();
        NodeRuntime given = runtime;
        broker = (given == null ? Broker.start(built) : Broker.start(built, given)).block(StockClient.TIMEOUT);
        return this;
    }

    void stop() {
        broker.stop().block(StockClient.TIMEOUT);
    }

    void restart() {
        stop();
        start();
    }

    Broker broker() {
        return broker;
    }

    Endpoint endpoint() {
        return broker.endpoints().get(0);
    }

    StockClient connect() {
        StockClient client = StockClient.connect(endpoint());
        clients.push(client);
        return client;
    }

    /** Waits for what other threads are about to do. */
    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + StockClient.TIMEOUT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time: " + what).isLessThan(deadline);
            LockSupport.parkNanos(200_000);
        }
    }

    /** Ends everything; nothing may be held, and no buffer lost. */
    @Override
    public void close() {
        clients.forEach(StockClient::close);
        await("streams have ended", () -> broker.status().openStreams() == 0);
        await("nothing is unsent", () -> broker.status().unsentBytes() == 0);
        await("nothing is in flight", () -> broker.status().produceInflightBytes() == 0);
        stop();
        leaks.assertNone();
    }
}

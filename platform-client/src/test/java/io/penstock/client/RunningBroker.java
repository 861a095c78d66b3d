package io.penstock.client;

import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.LocalEndpoint;
import io.penstock.server.Broker;
import io.penstock.server.BrokerConfig;
import io.penstock.server.coordinator.group.assignor.GroupAssignor;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A real broker that listens on TCP and in this JVM. */
public final class RunningBroker implements AutoCloseable {

    private static final AtomicInteger NAMES = new AtomicInteger();

    private final Broker broker;

    private RunningBroker(Broker broker) {
        this.broker = broker;
    }

    public static RunningBroker start(Path directory) {
        return start(directory, Map.of());
    }

    public static RunningBroker start(Path directory, Map<String, String> settings) {
        return new RunningBroker(
                Broker.start(config(directory, settings).build()).block(Await.TIMEOUT));
    }

    /** A broker on a runtime that the test closes after it. */
    public static RunningBroker start(Path directory, Map<String, String> settings, NodeRuntime runtime) {
        BrokerConfig config = config(directory, settings).build();
        return new RunningBroker(Broker.start(config, runtime).block(Await.TIMEOUT));
    }

    /** A broker with an assignor of its own. */
    public static RunningBroker start(Path directory, Map<String, String> settings, GroupAssignor assignor) {
        BrokerConfig config = config(directory, settings).assignor(assignor).build();
        return new RunningBroker(Broker.start(config).block(Await.TIMEOUT));
    }

    private static BrokerConfig.Builder config(Path directory, Map<String, String> settings) {
        return BrokerConfig.builder()
                .setAll(settings)
                .dataDirectory(directory)
                .listeners("penstock://127.0.0.1:0", "local:client-test-" + NAMES.incrementAndGet());
    }

    /** A broker at a given endpoint. */
    public static RunningBroker startAt(Path directory, String endpoint) {
        BrokerConfig config = BrokerConfig.builder()
                .dataDirectory(directory)
                .listeners(endpoint)
                .build();
        return new RunningBroker(Broker.start(config).block(Await.TIMEOUT));
    }

    public Broker broker() {
        return broker;
    }

    /** Where it listens, by scheme: {@code penstock} or {@code local}. */
    public String endpoint(String scheme) {
        for (Endpoint endpoint : broker.endpoints()) {
            if (endpoint instanceof LocalEndpoint == scheme.equals("local")) {
                return endpoint.toString();
            }
        }
        throw new AssertionError("no endpoint of " + scheme);
    }

    @Override
    public void close() {
        broker.stop().block(Await.TIMEOUT);
    }
}

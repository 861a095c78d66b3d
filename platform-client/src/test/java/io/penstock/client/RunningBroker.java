package io.penstock.client;

import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.LocalEndpoint;
import io.penstock.server.Broker;
import io.penstock.server.BrokerConfig;
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
        BrokerConfig config = BrokerConfig.builder()
                .setAll(settings)
                .dataDirectory(directory)
                .listeners("penstock://127.0.0.1:0", "local:client-test-" + NAMES.incrementAndGet())
                .build();
        return new RunningBroker(Broker.start(config).block(Await.TIMEOUT));
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

package io.penstock.client;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.penstock.client.connection.Backoff;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.TransportLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where a client connects to, and how. Immutable. */
public final class ClientOptions {

    private static final int RSOCKET_MAX_FRAME_BYTES = 0xFF_FFFF;

    private final List<Endpoint> bootstrap;
    private final String clientName;
    private final Backoff backoff;
    private final Duration requestTimeout;
    private final int maxFrameBytes;
    private final int maxConnectionsPerBroker;
    private final MeterRegistry meters;
    private final @Nullable NodeRuntime runtime;

    private ClientOptions(Builder builder) {
        bootstrap = List.copyOf(builder.bootstrap);
        clientName = builder.clientName;
        backoff = builder.backoff;
        requestTimeout = builder.requestTimeout;
        maxFrameBytes = builder.maxFrameBytes;
        maxConnectionsPerBroker = builder.maxConnectionsPerBroker;
        meters = builder.meters;
        runtime = builder.runtime;
    }

    /** A builder for a client of one or several endpoints, {@code penstock://host:port} or {@code local:name}. */
    public static Builder builder(String... endpoints) {
        return new Builder(List.of(endpoints));
    }

    /** The endpoints that are tried in turn to find the cluster. */
    public List<Endpoint> bootstrap() {
        return bootstrap;
    }

    /** What the client calls itself in brokers' logs. */
    public String clientName() {
        return clientName;
    }

    /** How long it waits between attempts. */
    public Backoff backoff() {
        return backoff;
    }

    /** How long a request may take, the wait for a connection included. */
    public Duration requestTimeout() {
        return requestTimeout;
    }

    /** Where the client's meters go; nowhere by default. */
    public MeterRegistry meters() {
        return meters;
    }

    /** The largest RSocket frame that is sent or read, in bytes. */
    public int maxFrameBytes() {
        return maxFrameBytes;
    }

    /** The most connections to one broker. */
    public int maxConnectionsPerBroker() {
        return maxConnectionsPerBroker;
    }

    /** A runtime to share; null if the client makes and ends its own. */
    public @Nullable NodeRuntime runtime() {
        return runtime;
    }

    /** Gathers options. Not safe for several threads. */
    public static final class Builder {

        private final List<Endpoint> bootstrap = new ArrayList<>();
        private String clientName = "penstock-client";
        private Backoff backoff = Backoff.DEFAULTS;
        private Duration requestTimeout = Duration.ofSeconds(30);
        private int maxFrameBytes = RSOCKET_MAX_FRAME_BYTES;
        private int maxConnectionsPerBroker = 16;
        private MeterRegistry meters = new CompositeMeterRegistry();
        private @Nullable NodeRuntime runtime;

        private Builder(List<String> endpoints) {
            if (endpoints.isEmpty()) {
                throw new IllegalArgumentException("a client needs at least one endpoint");
            }
            endpoints.forEach(endpoint -> bootstrap.add(Endpoint.parse(endpoint)));
        }

        /** What the client calls itself; {@code penstock-client} by default. Also the name of its threads. */
        public Builder clientName(String name) {
            clientName = Objects.requireNonNull(name, "clientName");
            return this;
        }

        /** How long to wait between attempts; {@link Backoff#DEFAULTS} by default. */
        public Builder backoff(Backoff value) {
            backoff = Objects.requireNonNull(value, "backoff");
            return this;
        }

        /** How long a request may take, more than zero; 30 s by default. */
        public Builder requestTimeout(Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException("requestTimeout must be more than 0, was " + value);
            }
            requestTimeout = value;
            return this;
        }

        /**
         * The largest RSocket frame that is sent or read, 64 KiB to 16,777,215 bytes, which is the default and RSocket's
         * own limit. It should not be less than the brokers' {@code frame.max.bytes}: a consumer ends with {@code
         * FRAME_TOO_LARGE} at a batch that does not fit, and any other answer that is larger ends the connection.
         */
        public Builder maxFrameBytes(int bytes) {
            TransportLimits.DEFAULTS.withMaxFrameBytes(bytes); // checks it
            maxFrameBytes = bytes;
            return this;
        }

        /**
         * The most connections to one broker, 1 or more; 16 by default. A broker carries a limited number of streams on
         * a connection ({@code streams.per.connection.max}), and a consumer has one for each partition: what does not
         * fit gets another connection, and beyond this number {@code TOO_MANY_STREAMS}.
         */
        public Builder maxConnectionsPerBroker(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("maxConnectionsPerBroker must be 1 or more, was " + count);
            }
            maxConnectionsPerBroker = count;
            return this;
        }

        /** Where meters go. */
        public Builder meters(MeterRegistry registry) {
            meters = Objects.requireNonNull(registry, "meters");
            return this;
        }

        /** A runtime to share with a broker or with other clients; whoever hands it in closes it. */
        public Builder runtime(NodeRuntime value) {
            runtime = Objects.requireNonNull(value, "runtime");
            return this;
        }

        public ClientOptions build() {
            return new ClientOptions(this);
        }
    }
}

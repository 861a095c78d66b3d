package io.penstock.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.penstock.core.config.Setting;
import io.penstock.core.config.SettingSource;
import io.penstock.core.config.SettingValue;
import io.penstock.core.config.Settings;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.TransportLimits;
import io.penstock.server.coordinator.group.assignor.BuiltInAssignors;
import io.penstock.server.coordinator.group.assignor.GroupAssignor;
import io.penstock.server.storage.StorageEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;

/**
 * How a broker is to run: values of {@link BrokerSettings}, and where its metrics go. Immutable.
 *
 * <pre>{@code
 * BrokerConfig.builder().dataDirectory(path).listeners("penstock://127.0.0.1:0", "local:test")
 *         .set(BrokerSettings.NUM_PARTITIONS, 4).build()
 * }</pre>
 */
public final class BrokerConfig {

    private static final int ELEMENT_OVERHEAD = 128;

    private final Settings settings;
    private final MeterRegistry metrics;
    private final Consumer<StorageEvent> storageEvents;
    private final Map<String, GroupAssignor> assignors;

    private BrokerConfig(Builder builder) {
        this.settings = builder.settings;
        this.metrics = builder.metrics;
        this.storageEvents = builder.storageEvents;
        this.assignors = Map.copyOf(builder.assignors);
        check();
    }

    /** A builder in which everything has its default. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads a configuration from keys and values.
     *
     * @throws PenstockException INVALID_CONFIG naming the key, the value and what is allowed
     */
    public static BrokerConfig fromProperties(Map<String, String> properties) {
        return builder().setAll(properties).build();
    }

    /**
     * Reads a configuration from a properties file's content.
     *
     * @throws PenstockException INVALID_CONFIG naming the key, the value and what is allowed
     */
    public static BrokerConfig fromProperties(Properties properties) {
        Map<String, String> values = new HashMap<>();
        properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
        return fromProperties(values);
    }

    private void check() {
        endpoints();
        if (get(BrokerSettings.UNSENT_TOTAL_MAX_BYTES) < get(BrokerSettings.UNSENT_CONNECTION_MAX_BYTES)) {
            throw new PenstockException(
                    ErrorCode.INVALID_CONFIG,
                    BrokerSettings.UNSENT_TOTAL_MAX_BYTES + " must not be less than "
                            + BrokerSettings.UNSENT_CONNECTION_MAX_BYTES);
        }
        if (get(BrokerSettings.UNFINISHED_TOTAL_MAX_BYTES) < 2L * get(BrokerSettings.FRAME_MAX_BYTES)) {
            throw new PenstockException(
                    ErrorCode.INVALID_CONFIG,
                    BrokerSettings.UNFINISHED_TOTAL_MAX_BYTES + " must not be less than twice "
                            + BrokerSettings.FRAME_MAX_BYTES);
        }
        checkFits(BrokerSettings.MESSAGE_MAX_BYTES);
        checkFits(BrokerSettings.FETCH_ELEMENT_MAX_BYTES);
    }

    private void checkFits(Setting<Integer> size) {
        if (get(size) > maxBatchBytes()) {
            throw new PenstockException(
                    ErrorCode.INVALID_CONFIG,
                    size + " = " + get(size) + " is not allowed: a frame of " + BrokerSettings.FRAME_MAX_BYTES + " = "
                            + get(BrokerSettings.FRAME_MAX_BYTES) + " holds at most " + maxBatchBytes());
        }
    }

    /** The value of a setting. */
    public <T> T get(Setting<T> setting) {
        return settings.get(setting);
    }

    /** All settings with their values and where those come from. */
    public List<SettingValue> values() {
        return settings.values();
    }

    /** {@code data.dirs}, or {@code data.dir} if that is empty. */
    public List<Path> dataDirectories() {
        List<String> many = get(BrokerSettings.DATA_DIRS);
        return (many.isEmpty() ? List.of(get(BrokerSettings.DATA_DIR)) : many)
                .stream().map(Path::of).toList();
    }

    /** Where the broker is to listen. */
    public List<Endpoint> endpoints() {
        List<String> listeners = get(BrokerSettings.LISTENERS);
        if (listeners.isEmpty()) {
            throw new PenstockException(
                    ErrorCode.INVALID_CONFIG, BrokerSettings.LISTENERS + " is empty: the broker must listen somewhere");
        }
        return listeners.stream().map(BrokerConfig::endpoint).toList();
    }

    private static Endpoint endpoint(String text) {
        try {
            return Endpoint.parse(text);
        } catch (PenstockException e) {
            throw new PenstockException(ErrorCode.INVALID_CONFIG, BrokerSettings.LISTENERS + ": " + e.getMessage(), e);
        }
    }

    /** The largest batch that fits a frame with everything around it, in bytes. */
    public int maxBatchBytes() {
        return get(BrokerSettings.FRAME_MAX_BYTES) - ELEMENT_OVERHEAD;
    }

    /** What a connection may cost. */
    public TransportLimits transportLimits() {
        return TransportLimits.DEFAULTS
                .withMaxFrameBytes(get(BrokerSettings.FRAME_MAX_BYTES))
                .withUnfinishedFrames(
                        get(BrokerSettings.UNFINISHED_TOTAL_MAX_BYTES),
                        Duration.ofMillis(get(BrokerSettings.FRAME_TIMEOUT_MS)))
                .withUnsentBytes(
                        get(BrokerSettings.UNSENT_CONNECTION_MAX_BYTES), get(BrokerSettings.UNSENT_TOTAL_MAX_BYTES))
                .withMaxConnections(get(BrokerSettings.CONNECTIONS_MAX));
    }

    /** Where metrics go. */
    public MeterRegistry metrics() {
        return metrics;
    }

    /** Who hears of what happens to the disks. */
    public Consumer<StorageEvent> storageEvents() {
        return storageEvents;
    }

    /** Those who assign partitions to the members of groups, by name. */
    public Map<String, GroupAssignor> assignors() {
        return assignors;
    }

    /** Collects values; not safe for several threads. */
    public static final class Builder {

        private Settings settings = Settings.defaults(BrokerSettings.ALL);
        private MeterRegistry metrics = new CompositeMeterRegistry();
        private Consumer<StorageEvent> storageEvents = event -> {};
        private final Map<String, GroupAssignor> assignors = new HashMap<>();

        private Builder() {
            BuiltInAssignors.all().forEach(this::assignor);
        }

        /** @throws PenstockException INVALID_CONFIG if the value is not allowed */
        public <T> Builder set(Setting<T> setting, T value) {
            return setAll(Map.of(setting.key(), setting.print(value)));
        }

        /** @throws PenstockException INVALID_CONFIG if a key is unknown or a value is not allowed */
        public Builder setAll(Map<String, String> values) {
            settings = settings.with(values, SettingSource.BROKER);
            return this;
        }

        /** {@code data.dir}. */
        public Builder dataDirectory(Path path) {
            return set(BrokerSettings.DATA_DIR, path.toString());
        }

        /** {@code data.dirs}. */
        public Builder dataDirectories(List<Path> paths) {
            return set(
                    BrokerSettings.DATA_DIRS, paths.stream().map(Path::toString).toList());
        }

        /** {@code listeners}. */
        public Builder listeners(String... endpoints) {
            return set(BrokerSettings.LISTENERS, List.of(endpoints));
        }

        /** Where metrics go; nowhere unless set. */
        public Builder metrics(MeterRegistry registry) {
            this.metrics = registry;
            return this;
        }

        /** Who hears of what happens to the disks, on the thread that finds out, and has to be quick; nobody unless set. */
        public Builder storageEvents(Consumer<StorageEvent> listener) {
            this.storageEvents = listener;
            return this;
        }

        /** Adds one who assigns partitions to the members of groups that ask for its name; in place of another of that name. */
        public Builder assignor(GroupAssignor assignor) {
            assignors.put(assignor.name(), assignor);
            return this;
        }

        /** @throws PenstockException INVALID_CONFIG if values contradict each other */
        public BrokerConfig build() {
            return new BrokerConfig(this);
        }
    }
}

package io.penstock.cli.server;

import io.penstock.cli.connection.Address;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Terminal;
import io.penstock.cli.terminal.Words;
import io.penstock.server.Broker;
import io.penstock.server.BrokerConfig;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code server}: runs a broker until it is asked to stop. */
@Command(
        name = "server",
        description = "Run a broker until it is stopped.",
        footer = {
            "",
            "It prints one line when it is ready. Ctrl-C and SIGTERM drain it: it takes no more, answers what it has",
            "taken, ends streams so that clients know where to go on, and exits with 0.",
            "",
            "Examples:",
            "  penstock server",
            "  penstock server --data /var/lib/penstock --listen 0.0.0.0:7650",
            "  penstock server --config penstock.properties"
        })
public final class ServerCommand implements Callable<Integer> {

    private static final String DATA = "data.dir";
    private static final String DATA_LIST = "data.dirs";
    private static final String LISTENERS = "listeners";

    private final Terminal terminal;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "A properties file with the broker's settings.")
    private @Nullable Path config;

    @Option(
            names = {"-d", "--data"},
            paramLabel = "DIR",
            description = "Where the data are; wins over the file. Default: ./data.")
    private @Nullable Path data;

    @Option(
            names = {"-l", "--listen"},
            paramLabel = "HOST:PORT",
            description = "Where it listens, port 0 for any; wins over the file. Default: 127.0.0.1:7650.")
    private @Nullable String listen;

    public ServerCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        BrokerConfig brokerConfig = BrokerConfig.fromProperties(settings());
        Broker broker = Objects.requireNonNull(Broker.start(brokerConfig).block());
        terminal.out().println("ready at " + broker.endpoint());
        terminal.stop().await();
        broker.stop().block();
        return ExitCode.OK;
    }

    private Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        if (config != null) {
            settings.putAll(read(config));
        }
        if (data != null) {
            settings.put(DATA, data.toString());
            settings.remove(DATA_LIST);
        }
        settings.putIfAbsent(DATA, "data");
        if (listen != null) {
            settings.put(LISTENERS, Address.parse(listen).endpoint());
        }
        return settings;
    }

    private static Map<String, String> read(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException e) {
            throw new CommandFailure("can't read " + file + ": " + Words.of(e), e);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("can't read " + file + ": " + e.getMessage(), e);
        }
        Map<String, String> settings = new LinkedHashMap<>();
        properties.stringPropertyNames().forEach(name -> settings.put(name, properties.getProperty(name)));
        return settings;
    }
}

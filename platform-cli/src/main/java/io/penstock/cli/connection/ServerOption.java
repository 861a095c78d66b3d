package io.penstock.cli.connection;

import io.penstock.cli.terminal.Terminal;
import io.penstock.client.PenstockClient;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --server}, for every command that is a client; a picocli mixin. */
public final class ServerOption {

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    @Option(
            names = {"-s", "--server"},
            paramLabel = "HOST:PORT",
            description = "The server; else PENSTOCK_SERVER, else 127.0.0.1:7650.")
    private @Nullable String server;

    /**
     * Connects, does the work, and disconnects whatever came of it. Blocks.
     *
     * @throws io.penstock.cli.terminal.CommandFailure if nobody listens at the address
     */
    public <T> T use(Terminal terminal, Function<PenstockClient, T> work) {
        Address address = address(terminal);
        address.probe();
        PenstockClient client = PenstockClient.connect(address.endpoint());
        try {
            return work.apply(client);
        } finally {
            client.close().onErrorComplete().block(CLOSE_TIMEOUT);
        }
    }

    private Address address(Terminal terminal) {
        if (server != null) {
            return Address.parse(server);
        }
        return terminal.environment("PENSTOCK_SERVER").map(Address::parse).orElse(Address.DEFAULT);
    }
}

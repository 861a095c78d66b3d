package io.penstock.cli;

import io.penstock.server.Broker;
import io.penstock.server.BrokerConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** A broker on a free port, for commands that run in this process. */
final class BrokerFixture implements AutoCloseable {

    private final Broker broker;

    BrokerFixture(Path data) {
        broker = Objects.requireNonNull(Broker.start(BrokerConfig.builder()
                        .dataDirectory(data)
                        .listeners("penstock://127.0.0.1:0")
                        .build())
                .block());
    }

    /** Host and port. */
    String address() {
        return broker.endpoint().toString().substring("penstock://".length());
    }

    /** Runs a command that finds the broker by its environment. */
    CommandRun run(String... arguments) {
        return runWithInput("", arguments);
    }

    CommandRun runWithInput(String input, String... arguments) {
        return CommandRun.withInput(input, Map.of("PENSTOCK_SERVER", address()), arguments);
    }

    @Override
    public void close() {
        broker.stop().block();
    }
}

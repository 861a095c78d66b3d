package io.penstock.cli.connection;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.PenstockClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --server}, for every command that is a client; a picocli mixin. */
public final class ServerOption {

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
    /** Together with the JVM's end less than the two seconds after which a person presses Ctrl-C again. */
    private static final Duration PATIENCE_AFTER_STOP = Duration.ofSeconds(1);

    @Option(
            names = {"-s", "--server"},
            paramLabel = "HOST:PORT",
            description = "The server; else PENSTOCK_SERVER, else 127.0.0.1:7650.")
    private @Nullable String server;

    /**
     * Connects, does the work, and disconnects whatever came of it. Blocks, but when the user wants an end and nothing
     * moves towards it, the work is left behind on its thread, which keeps no process alive: a server that does not
     * answer holds nobody.
     *
     * @param work is called on another thread; tells {@link Terminal#stop()} what moves
     * @throws CommandFailure if nobody listens at the address; with exit code 130 if the work was left behind
     */
    public <T> T use(Terminal terminal, Function<PenstockClient, T> work) {
        Address address = address(terminal);
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread worker = new Thread(() -> complete(result, () -> connected(address, work)), "penstock-command");
        worker.setDaemon(true);
        worker.start();
        terminal.stop()
                .stuck(PATIENCE_AFTER_STOP)
                .thenRun(() -> result.completeExceptionally(
                        CommandFailure.stopped("stopped while " + address + " did not answer")));
        try {
            return result.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : e;
        }
    }

    private static <T> void complete(CompletableFuture<T> result, Supplier<T> work) {
        try {
            result.complete(work.get());
        } catch (Throwable e) {
            result.completeExceptionally(e);
        }
    }

    private static <T> T connected(Address address, Function<PenstockClient, T> work) {
        address.probe();
        PenstockClient client = PenstockClient.connect(address.endpoint());
        try {
            return work.apply(client);
        } finally {
            client.close().timeout(CLOSE_TIMEOUT).onErrorComplete().block();
        }
    }

    private Address address(Terminal terminal) {
        if (server != null) {
            return Address.ofServer(server);
        }
        return terminal.environment("PENSTOCK_SERVER").map(Address::ofServer).orElse(Address.DEFAULT);
    }
}

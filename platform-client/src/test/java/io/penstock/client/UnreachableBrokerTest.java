package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.ConnectionEvent;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpServer;
import reactor.test.StepVerifier;

/** What an operator is told who has named a wrong place, or one where nothing runs. */
class UnreachableBrokerTest {

    private static String endpoint(DisposableServer server) {
        return "penstock://127.0.0.1:" + server.port();
    }

    private static PenstockClient client(String endpoint) {
        return PenstockClient.connect(ClientOptions.builder(endpoint)
                .requestTimeout(Duration.ofMillis(200))
                .backoff(new Backoff(Duration.ofMillis(1), Duration.ofMillis(5), 0.5))
                .build());
    }

    private static void awaitFailedAttempt(PenstockClient client) {
        List<ConnectionEvent> failures = new CopyOnWriteArrayList<>();
        client.events().ofType(ConnectionEvent.ConnectFailed.class).subscribe(failures::add);
        Disposable asking = client.admin().topics().retry().subscribe(topics -> {}, error -> {});
        Await.until("an attempt has failed", () -> !failures.isEmpty());
        asking.dispose();
    }

    private static void assertTimedOut(PenstockClient client, String... parts) {
        StepVerifier.create(client.admin().topics())
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                PenstockException.class,
                                known -> assertThat(known.code()).isEqualTo(ErrorCode.REQUEST_TIMED_OUT))
                        .hasMessageContaining("no answer to topic.list in 200 ms")
                        .hasMessageContainingAll(parts)
                        .hasMessageNotContaining("Exception"))
                .verify(Await.TIMEOUT);
    }

    @Test
    void isSaidToRefuseTheConnection() {
        DisposableServer server = TcpServer.create().host("127.0.0.1").port(0).bindNow(Await.TIMEOUT);
        String endpoint = endpoint(server);
        server.disposeNow(Await.TIMEOUT);
        PenstockClient client = client(endpoint);
        awaitFailedAttempt(client);
        assertTimedOut(client, "can't connect to " + endpoint + ": connection refused; is a Penstock broker running");
        client.closeNow();
    }

    @Test
    void isSaidToEndTheConnectionWhenItIsSomethingElse() {
        DisposableServer server = TcpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((in, out) -> Mono.empty())
                .bindNow(Await.TIMEOUT);
        PenstockClient client = client(endpoint(server));
        awaitFailedAttempt(client);
        assertTimedOut(
                client,
                endpoint(server) + " took the connection, but did not greet the client",
                "is a Penstock broker running");
        client.closeNow();
        server.disposeNow(Await.TIMEOUT);
    }

    @Test
    void isSaidNotToAnswerWhenItSaysNothing() {
        DisposableServer server = TcpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((in, out) -> Mono.never())
                .bindNow(Await.TIMEOUT);
        PenstockClient client = client(endpoint(server));
        assertTimedOut(client, endpoint(server) + " has not answered so far", "is a Penstock broker running");
        client.closeNow();
        server.disposeNow(Await.TIMEOUT);
    }
}

package io.penstock.client.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.Await;
import io.penstock.client.PenstockClient;
import io.penstock.client.RunningBroker;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.transport.LeakProbe;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** An admin over a broker of its own. */
abstract class AdminCase {

    private final LeakProbe leaks = new LeakProbe();

    @TempDir
    Path directory;

    RunningBroker broker;
    PenstockClient client;
    Admin admin;

    @BeforeEach
    void start() {
        broker = RunningBroker.start(directory);
        client = PenstockClient.connect(broker.endpoint("local"));
        admin = client.admin();
    }

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    static <T> T now(Mono<T> operation) {
        return operation.block(Await.TIMEOUT);
    }

    static void assertFails(ErrorCode code, Publisher<?> operation) {
        StepVerifier.create(operation)
                .expectErrorSatisfies(error -> assertThat(error)
                        .isInstanceOfSatisfying(
                                PenstockException.class,
                                known -> assertThat(known.code()).isEqualTo(code)))
                .verify(Await.TIMEOUT);
    }
}

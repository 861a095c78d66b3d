package io.penstock.samples.mails;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.Broker;
import io.penstock.server.BrokerConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

@Timeout(60)
class MailServiceTest {

    private final HttpClient browser = HttpClient.newHttpClient();
    private final PostOffice office = new PostOffice();

    @TempDir
    private Path directory = Path.of("");

    private Broker broker;

    @BeforeEach
    void start() {
        broker = Objects.requireNonNull(Broker.start(BrokerConfig.builder()
                        .dataDirectory(directory)
                        .listeners("penstock://127.0.0.1:0")
                        .build())
                .block());
    }

    @AfterEach
    void stop() {
        broker.stop().block();
    }

    private record Sending(String mail, MonoSink<Void> sink) {}

    /** Sends a mail when the test says so. */
    private static final class PostOffice implements Mailer {

        private final BlockingQueue<Sending> begun = new LinkedBlockingQueue<>();

        @Override
        public Mono<Void> send(String mail) {
            return Mono.create(sink -> begun.add(new Sending(mail, sink)));
        }
    }

    private MailService service() {
        return MailService.start(broker.endpoint().toString(), 0, office);
    }

    @Test
    void sendsWhatItWasGiven() throws Exception {
        MailService service = service();
        assertThat(post(service, "dear Ada")).isEqualTo(202);
        Sending sending = office.begun.take();
        assertThat(sending.mail()).isEqualTo("dear Ada");
        sending.sink().success();
        assertThat(get(service, "/sent")).isEqualTo("1\n");
        service.stop().block();
    }

    @Test
    void acceptsNoMailThatItHasNotGot() throws Exception {
        MailService service = service();
        assertThat(post(service, "")).isEqualTo(400);
        service.stop().block();
    }

    @Test
    void finishesWhatItHasBegunBeforeItStopsAndNobodySendsItAgain() throws Exception {
        MailService first = service();
        post(first, "begun");
        Sending begun = office.begun.take();
        CompletableFuture<Void> stopped = first.stop().toFuture();
        assertThat(stopped).isNotDone();
        begun.sink().success();
        stopped.get();

        MailService second = service();
        post(second, "next");
        Sending next = office.begun.take();

        assertThat(next.mail()).isEqualTo("next");
        next.sink().success();
        second.stop().block();
    }

    private int post(MailService service, String mail) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.port() + "/mails"))
                .POST(BodyPublishers.ofString(mail))
                .build();
        return browser.send(request, BodyHandlers.discarding()).statusCode();
    }

    private String get(MailService service, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.port() + path))
                .build();
        return browser.send(request, BodyHandlers.ofString()).body();
    }
}

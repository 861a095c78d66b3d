package io.penstock.samples.mails;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.penstock.client.PenstockClient;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Takes mails by HTTP and sends them in its own time, from a topic in between, which it shares with others of its group.
 *
 * <pre>
 * POST /mails   a mail; answers 202 when it is safe in the topic, 400 if there is nothing in it
 * GET  /sent    how many this service has sent
 * </pre>
 */
public final class MailService {

    private static final String TOPIC = "mails";
    private static final int AT_A_TIME = 16;

    private final PenstockClient client;
    private final Producer<String, String> producer;
    private final Consumer<String, String> consumer;
    private final Mailer mailer;
    private final AtomicLong sent = new AtomicLong();
    private final DisposableServer http;

    private MailService(String endpoint, int port, Mailer mailer) {
        this.mailer = mailer;
        client = PenstockClient.connect(endpoint);
        producer = client.producer(ProducerOptions.<String, String>of(Serdes.string(), Serdes.string()));
        consumer = client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                .topics(TOPIC)
                .group(GroupOptions.of("mail-services"))
                .build());
        http = HttpServer.create()
                .host("127.0.0.1")
                .port(port)
                .route(routes -> routes.post("/mails", this::post).get("/sent", this::sent))
                .bindNow();
        consumer.orderedByKey(AT_A_TIME, this::send).subscribe(nothing -> {}, this::onFailed);
    }

    /** Starts it on port 8080, or on the one that is given; Ctrl-C, or a SIGTERM, stops it in order. */
    public static void main(String[] arguments) {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8080;
        MailService service = start(
                "penstock://127.0.0.1:7650",
                port,
                mail -> Mono.delay(Duration.ofSeconds(1))
                        .doOnNext(done -> System.out.println("sent: " + mail))
                        .then());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> service.stop().block()));
        service.http.onDispose().block();
    }

    static MailService start(String endpoint, int port, Mailer mailer) {
        return new MailService(endpoint, port, mailer);
    }

    int port() {
        return http.port();
    }

    /**
     * In order: no more requests; no more mails from the topic, while those that are being sent are waited for, committed,
     * and the group is told; and then the connections.
     */
    Mono<Void> stop() {
        return Mono.fromRunnable(http::dispose)
                .then(http.onDispose())
                .then(consumer.close())
                .then(client.close());
    }

    private Publisher<Void> post(HttpServerRequest request, HttpServerResponse response) {
        return request.receive()
                .aggregate()
                .asString(StandardCharsets.UTF_8)
                .flatMap(mail -> producer.send(ProducerRecord.of(TOPIC, mail)))
                .map(safe -> HttpResponseStatus.ACCEPTED)
                .defaultIfEmpty(HttpResponseStatus.BAD_REQUEST)
                .flatMap(status -> response.status(status).send().then());
    }

    private Publisher<Void> sent(HttpServerRequest request, HttpServerResponse response) {
        return response.sendString(Mono.just(sent + "\n"));
    }

    private Mono<Void> send(ConsumerRecord<String, String> mail) {
        return mailer.send(mail.value()).doOnSuccess(done -> sent.incrementAndGet());
    }

    /** There is nothing to try again: what can be is, inside. */
    private void onFailed(Throwable error) {
        error.printStackTrace();
        http.dispose();
    }
}

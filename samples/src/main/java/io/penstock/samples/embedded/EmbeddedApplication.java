package io.penstock.samples.embedded;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.penstock.client.PenstockClient;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.server.Broker;
import io.penstock.server.BrokerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.HttpServerRoutes;

/**
 * HTTP in front, the broker inside, and between them the client's {@code local:} transport, which needs no port.
 *
 * <pre>
 * POST /lines    a line, which becomes a record; answers with its offset
 * GET  /stream   all lines as server-sent events, and those to come; the event's id is the offset, and a browser that
 *                reconnects goes on after the last one that it got (Last-Event-ID)
 * GET  /         a page that shows both
 * </pre>
 */
public final class EmbeddedApplication {

    private static final int MAX_LINE_BYTES = 64 * 1024;

    private final Broker broker;
    private final PenstockClient client;
    private final LineBoard board;
    private final DisposableServer http;

    private EmbeddedApplication(Path data, int port) {
        broker = Objects.requireNonNull(Broker.start(BrokerConfig.builder()
                        .dataDirectory(data)
                        .listeners("local:" + data.getFileName())
                        .build())
                .block());
        client = PenstockClient.connect(broker.endpoint().toString());
        board = new LineBoard(client);
        board.prepare().block();
        http = HttpServer.create()
                .host("127.0.0.1")
                .port(port)
                .route(this::routes)
                .bindNow();
    }

    /** Starts it on port 8080, or on the one that is given; Ctrl-C ends it. */
    public static void main(String[] arguments) {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8080;
        EmbeddedApplication application = start(Path.of("data", "embedded"), port);
        Runtime.getRuntime().addShutdownHook(new Thread(application::stop));
        System.out.println("http://127.0.0.1:" + application.port());
        application.http.onDispose().block();
    }

    static EmbeddedApplication start(Path data, int port) {
        return new EmbeddedApplication(data, port);
    }

    int port() {
        return http.port();
    }

    void stop() {
        http.disposeNow();
        client.closeNow();
        broker.stop().block();
    }

    private void routes(HttpServerRoutes routes) {
        routes.get("/", this::page).post("/lines", this::post).get("/stream", this::stream);
    }

    private Publisher<Void> post(HttpServerRequest request, HttpServerResponse response) {
        return request.receive()
                .aggregate()
                .asString(StandardCharsets.UTF_8)
                .filter(line -> line.length() <= MAX_LINE_BYTES)
                .flatMap(board::post)
                .flatMap(result ->
                        response.sendString(Mono.just(result.offset() + "\n")).then())
                .switchIfEmpty(Mono.defer(
                        () -> response.status(HttpResponseStatus.BAD_REQUEST).send()));
    }

    /**
     * The socket's demand is the broker's: Reactor Netty asks for the next events when the socket has taken the last
     * ones, and a browser that does not read costs no memory.
     */
    private Publisher<Void> stream(HttpServerRequest request, HttpServerResponse response) {
        Flux<ByteBuf> events = board.from(firstOffset(request)).map(EmbeddedApplication::event);
        return response.sse().send(events, event -> true);
    }

    private Publisher<Void> page(HttpServerRequest request, HttpServerResponse response) {
        return response.header(HttpHeaderNames.CONTENT_TYPE, "text/html; charset=utf-8")
                .sendByteArray(Mono.fromCallable(EmbeddedApplication::readPage));
    }

    private static long firstOffset(HttpServerRequest request) {
        String last = request.requestHeaders().get("Last-Event-ID");
        return last == null || !last.matches("\\d{1,18}") ? 0 : Long.parseLong(last) + 1;
    }

    /** An event's data must not contain a line's end: each line of the text is a data line of its own. */
    private static ByteBuf event(ConsumerRecord<String, String> record) {
        StringBuilder event = new StringBuilder("id: ").append(record.offset()).append('\n');
        String text = record.value() == null ? "" : record.value();
        for (String line : text.split("\\R", -1)) {
            event.append("data: ").append(line).append('\n');
        }
        return Unpooled.copiedBuffer(event.append('\n'), StandardCharsets.UTF_8);
    }

    private static byte[] readPage() throws IOException {
        try (InputStream page = EmbeddedApplication.class.getResourceAsStream("index.html")) {
            return Objects.requireNonNull(page, "index.html").readAllBytes();
        }
    }
}

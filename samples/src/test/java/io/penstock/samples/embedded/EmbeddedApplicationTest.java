package io.penstock.samples.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EmbeddedApplicationTest {

    private final HttpClient browser = HttpClient.newHttpClient();

    @TempDir
    private Path directory = Path.of("");

    private EmbeddedApplication application;

    @BeforeEach
    void start() {
        application = EmbeddedApplication.start(directory.resolve("board"), 0);
    }

    @AfterEach
    void stop() {
        application.stop();
    }

    @Test
    void streamsPostedLinesToABrowserThatComesLater() throws Exception {
        assertThat(post("first")).isEqualTo("0\n");
        assertThat(post("second")).isEqualTo("1\n");

        assertThat(events(get("/stream"), 2)).containsExactly("id: 0|data: first", "id: 1|data: second");
    }

    @Test
    void streamsToABrowserThatWaits() throws Exception {
        post("before");
        try (InputStream stream =
                browser.send(get("/stream"), BodyHandlers.ofInputStream()).body()) {
            BufferedReader reader = reader(stream);
            assertThat(nextEvent(reader)).isEqualTo("id: 0|data: before");

            post("while it waits");

            assertThat(nextEvent(reader)).isEqualTo("id: 1|data: while it waits");
        }
    }

    @Test
    void goesOnWhereABrowserLostItsConnection() throws Exception {
        post("first");
        post("second");
        post("third");

        HttpRequest again = HttpRequest.newBuilder(uri("/stream"))
                .header("Last-Event-ID", "1")
                .build();

        assertThat(events(again, 1)).containsExactly("id: 2|data: third");
    }

    @Test
    void keepsLinesOfOneRecordInOneEvent() throws Exception {
        post("one\ntwo");

        assertThat(events(get("/stream"), 1)).containsExactly("id: 0|data: one|data: two");
    }

    @Test
    void keepsLinesWhenItIsStartedAgain() throws Exception {
        post("survives");
        application.stop();
        application = EmbeddedApplication.start(directory.resolve("board"), 0);

        assertThat(events(get("/stream"), 1)).containsExactly("id: 0|data: survives");
    }

    @Test
    void servesItsPage() throws Exception {
        HttpResponse<String> page = browser.send(get("/"), BodyHandlers.ofString());

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("new EventSource(\"/stream\")");
    }

    private String post(String line) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri("/lines"))
                .POST(BodyPublishers.ofString(line))
                .build();
        HttpResponse<String> response = browser.send(request, BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    private List<String> events(HttpRequest request, int count) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = browser.send(request, BodyHandlers.ofInputStream());
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        try (InputStream stream = response.body()) {
            BufferedReader reader = reader(stream);
            List<String> events = new ArrayList<>();
            while (events.size() < count) {
                events.add(nextEvent(reader));
            }
            return events;
        }
    }

    private static String nextEvent(BufferedReader reader) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = reader.readLine(); line != null && !line.isEmpty(); line = reader.readLine()) {
            lines.add(line);
        }
        return String.join("|", lines);
    }

    private static BufferedReader reader(InputStream stream) {
        return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    }

    private HttpRequest get(String path) {
        return HttpRequest.newBuilder(uri(path)).build();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + application.port() + path);
    }
}

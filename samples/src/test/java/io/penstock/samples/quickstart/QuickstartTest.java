package io.penstock.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.Broker;
import io.penstock.server.BrokerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class QuickstartTest {

    private static final Path SOURCE = Path.of("src/main/java/io/penstock/samples/quickstart/Quickstart.java");
    private static final Path README = Path.of("../README.md");

    @Test
    void readsBackWhatItSent(@TempDir Path directory) {
        Broker broker = Objects.requireNonNull(Broker.start(BrokerConfig.builder()
                        .dataDirectory(directory)
                        .listeners("penstock://127.0.0.1:0")
                        .build())
                .block());
        try {
            assertThat(Quickstart.run(broker.endpoint().toString(), "greetings"))
                    .containsExactly("hello", "streaming", "world");
        } finally {
            broker.stop().block();
        }
    }

    @Test
    void isTheCodeThatTheReadmeShows() throws IOException {
        String region =
                between(Files.readString(SOURCE), "// tag::first-record\\[\\]\n(.*?)\n *// end::first-record\\[\\]");
        String block = between(Files.readString(README), "```java\n(.*?)\n```");

        assertThat(block).isEqualTo(region.stripIndent());
    }

    private static String between(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
        assertThat(matcher.find()).as("found %s", pattern).isTrue();
        return matcher.group(1);
    }
}

package io.penstock.samples.orders;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.PenstockClient;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.consumer.DeadLetterHeaders;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.record.RecordHeaders;
import io.penstock.server.Broker;
import io.penstock.server.BrokerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

@Timeout(60)
class OrderProcessingTest {

    private static final Path SOURCE = Path.of("src/main/java/io/penstock/samples/orders/OrderProcessing.java");
    private static final Path PAGE = Path.of("../docs/consumers.md");

    @TempDir
    private Path directory = Path.of("");

    private Broker broker;
    private PenstockClient client;

    @BeforeEach
    void start() {
        broker = Objects.requireNonNull(Broker.start(BrokerConfig.builder()
                        .dataDirectory(directory)
                        .listeners("penstock://127.0.0.1:0")
                        .build())
                .block());
        client = PenstockClient.connect(broker.endpoint().toString());
    }

    @AfterEach
    void stop() {
        client.closeNow();
        broker.stop().block();
    }

    /** Cannot be reached at the first attempt. */
    private static final class FarWarehouse extends Warehouse {

        private final List<Order> reserved = new CopyOnWriteArrayList<>();
        private final Sinks.Empty<Void> allReserved = Sinks.empty();
        private final int orders;
        private boolean isThere;

        FarWarehouse(int orders) {
            this.orders = orders;
        }

        @Override
        Mono<Void> reserve(Order order) {
            if (!isThere) {
                isThere = true;
                return Mono.error(new IOException("no route to the warehouse"));
            }
            return super.reserve(order).doOnSuccess(done -> onReserved(order));
        }

        private void onReserved(Order order) {
            reserved.add(order);
            if (reserved.size() == orders) {
                allReserved.tryEmitEmpty();
            }
        }
    }

    @Test
    void handlesOrdersAndPutsAsideWhatNobodyCanDeliver() {
        Order apples = new Order("ada", "apples", 3);
        Order unicorns = new Order("ada", "unicorns", 1);
        Order plums = new Order("ada", "plums", 2);
        FarWarehouse warehouse = new FarWarehouse(2);
        OrderProcessing processing = new OrderProcessing(client, warehouse);
        processing.order(List.of(apples, unicorns, plums)).block();

        processing.run().takeUntilOther(warehouse.allReserved.asMono()).block();

        assertThat(warehouse.reserved).containsExactly(apples, plums);
        ConsumerRecord<String, Order> letter = Objects.requireNonNull(deadLetter());
        assertThat(letter.value()).isEqualTo(unicorns);
        assertThat(text(letter.headers(), DeadLetterHeaders.EXCEPTION_MESSAGE)).isEqualTo("there is no item unicorns");
        assertThat(text(letter.headers(), DeadLetterHeaders.ATTEMPTS)).isEqualTo("1");
    }

    private ConsumerRecord<String, Order> deadLetter() {
        return client.consumer(ConsumerOptions.<String, Order>builder(Serdes.string(), Serdes.json(Order.class))
                        .topics(OrderProcessing.TOPIC + ".dlt")
                        .build())
                .receive()
                .blockFirst();
    }

    private static String text(RecordHeaders headers, String name) {
        byte[] value = Objects.requireNonNull(headers.last(name), name).value();
        return new String(Objects.requireNonNull(value), StandardCharsets.UTF_8);
    }

    @Test
    void isTheCodeThatThePageOfConsumersShows() throws IOException {
        String region = between(Files.readString(SOURCE), "// tag::ordered\\[\\]\n(.*?)\n *// end::ordered\\[\\]");

        assertThat(Files.readString(PAGE)).contains("```java\n" + region.stripIndent() + "\n```");
    }

    private static String between(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
        assertThat(matcher.find()).as("found %s", pattern).isTrue();
        return matcher.group(1);
    }
}

package io.penstock.samples.orders;

import io.penstock.client.PenstockClient;
import io.penstock.client.consumer.Consumer;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.OnFailure;
import io.penstock.client.consumer.OrderedOptions;
import io.penstock.client.consumer.RetryPolicy;
import io.penstock.client.group.GroupOptions;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Handles the orders in a topic; {@code ./penstock server} starts a server for it. The key of an order is its customer, so
 * that a customer's orders are handled one after another, and a slow one holds up nobody else. An order for an item
 * that does not exist goes to {@code orders.dlt}, and the customer's next one is handled.
 */
public final class OrderProcessing {

    static final String TOPIC = "orders";

    private final PenstockClient client;
    private final Warehouse warehouse;
    private final Consumer<String, Order> consumer;

    OrderProcessing(PenstockClient client, Warehouse warehouse) {
        this.client = client;
        this.warehouse = warehouse;
        this.consumer =
                client.consumer(ConsumerOptions.<String, Order>builder(Serdes.string(), Serdes.json(Order.class))
                        .topics(TOPIC)
                        .group(GroupOptions.of("order-processing"))
                        .build());
    }

    /** Orders something, handles what there is, and prints it; Ctrl-C ends it. */
    public static void main(String[] arguments) {
        String endpoint = arguments.length > 0 ? arguments[0] : "penstock://127.0.0.1:7650";
        PenstockClient client = PenstockClient.connect(endpoint);
        OrderProcessing processing = new OrderProcessing(client, new Warehouse());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> processing.stop().block()));
        processing.consumer.events().subscribe(System.out::println);
        processing
                .order(List.of(
                        new Order("ada", "apples", 3),
                        new Order("ada", "unicorns", 1),
                        new Order("ada", "plums", 2),
                        new Order("ben", "pears", 5)))
                .then(processing.run())
                .block();
    }

    /** Completes when the orders are in the log. */
    Mono<Void> order(List<Order> orders) {
        return client.producer(ProducerOptions.<String, Order>of(Serdes.string(), Serdes.json(Order.class)))
                .send(Flux.fromIterable(orders).map(order -> ProducerRecord.of(TOPIC, order.customer(), order)))
                .then();
    }

    /** Handles orders until {@link #stop()}. */
    Mono<Void> run() {
        // tag::ordered[]
        OrderedOptions options = OrderedOptions.lanes(256)
                .withRetry(RetryPolicy.attempts(5)
                        .withCanHelp(error -> !(error instanceof Warehouse.UnknownItemException)))
                .withOnFailure(OnFailure.deadLetter());

        return consumer.orderedByKey(options, record -> warehouse.reserve(record.value()));
        // end::ordered[]
    }

    /** Finishes the orders that are under way, says so to the group, and ends. */
    Mono<Void> stop() {
        return consumer.close().then(client.close());
    }
}

package io.penstock.samples.quickstart;

import io.penstock.client.PenstockClient;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import java.util.List;
import reactor.core.publisher.Flux;

/** Sends three records to a server and reads them back; {@code ./penstock server} starts one. */
public final class Quickstart {

    private Quickstart() {}

    /** Runs it against the endpoint that is given, or the default one. */
    public static void main(String[] arguments) {
        String endpoint = arguments.length > 0 ? arguments[0] : "penstock://127.0.0.1:7650";
        run(endpoint, "greetings").forEach(System.out::println);
    }

    static List<String> run(String endpoint, String topic) {
        // tag::first-record[]
        PenstockClient client = PenstockClient.connect(endpoint);
        try {
            var producer = client.producer(ProducerOptions.<String, String>of(Serdes.string(), Serdes.string()));
            var records = Flux.just("hello", "streaming", "world").map(word -> ProducerRecord.of(topic, "key", word));
            producer.send(records).blockLast();

            var consumer = client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                    .topics(topic)
                    .build());
            return consumer.receive()
                    .map(ConsumerRecord::value)
                    .take(3)
                    .collectList()
                    .block();
        } finally {
            client.closeNow();
        }
        // end::first-record[]
    }
}

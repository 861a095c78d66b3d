package io.penstock.samples.embedded;

import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.ConsumerRecord;
import io.penstock.client.consumer.StartPosition;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendResult;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Lines in a topic of one partition, so that an offset alone says where somebody stands. */
final class LineBoard {

    private static final String TOPIC = "lines";

    private final PenstockClient client;
    private final Producer<String, String> producer;

    LineBoard(PenstockClient client) {
        this.client = client;
        this.producer = client.producer(ProducerOptions.<String, String>of(Serdes.string(), Serdes.string()));
    }

    /** Makes the topic if it is not there. */
    Mono<Void> prepare() {
        return client.admin()
                .createTopic(NewTopic.of(TOPIC, 1))
                .then()
                .onErrorResume(LineBoard::isThere, e -> Mono.empty());
    }

    /** Appends a line; the result comes when it is on disk. */
    Mono<SendResult> post(String line) {
        return producer.send(ProducerRecord.of(TOPIC, line));
    }

    /** The lines from an offset on, and then those to come. */
    Flux<ConsumerRecord<String, String>> from(long offset) {
        return client.consumer(ConsumerOptions.<String, String>builder(Serdes.string(), Serdes.string())
                        .topics(TOPIC)
                        .startAt(StartPosition.offset(offset))
                        .build())
                .receive();
    }

    private static boolean isThere(Throwable failure) {
        return failure instanceof PenstockException known && known.code() == ErrorCode.TOPIC_ALREADY_EXISTS;
    }
}

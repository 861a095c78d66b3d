package io.penstock.client;

import io.penstock.client.consumer.DeadLetter;
import io.penstock.client.consumer.DeadLetterSender;
import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.serialization.Serdes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The producer of a client's dead letters, made with the first one: an idempotent one that waits for the commit. */
final class DeadLetterProducer implements DeadLetterSender {

    /** A letter is larger than the record that it was, which may have had any size that some producer allows. */
    private static final int MAX_REQUEST_BYTES = 16 << 20;

    private final PenstockClient client;
    /** Topics that were there once: a letter to another one does not wait for it unseen, for as long as a producer waits. */
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    private @Nullable Producer<byte[], byte[]> producer;

    DeadLetterProducer(PenstockClient client) {
        this.client = client;
    }

    @Override
    public Mono<Void> send(DeadLetter letter) {
        return Mono.defer(() -> known.contains(letter.topic()) ? Mono.empty() : find(letter.topic()))
                .then(Mono.defer(() -> producer().send(record(letter))))
                .then();
    }

    private Mono<Void> find(String topic) {
        return client.findTopic(topic).doOnNext(found -> known.add(topic)).then();
    }

    private synchronized Producer<byte[], byte[]> producer() {
        Producer<byte[], byte[]> made = producer;
        if (made == null) {
            made = client.producer(ProducerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                    .maxRequestSize(MAX_REQUEST_BYTES)
                    .build());
            producer = made;
        }
        return made;
    }

    private static ProducerRecord<byte[], byte[]> record(DeadLetter letter) {
        return ProducerRecord.of(letter.topic(), letter.key(), letter.value()).withHeaders(letter.headers());
    }
}

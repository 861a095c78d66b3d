package io.penstock.cli.demo;

import io.penstock.client.producer.Producer;
import io.penstock.client.producer.ProducerRecord;
import io.penstock.client.producer.SendResult;
import io.penstock.core.model.Guarantee;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

/**
 * The producer of the demo: numbered lines of the corpus, as fast as they are acknowledged, until enough bytes were
 * sent. The counters are for any thread.
 */
final class Feeder {

    private final Corpus corpus;
    private final String topic;
    private final long targetBytes;
    private final Scheduler clock;
    private volatile long sentRecords;
    private volatile long sentBytes;
    private volatile long acknowledged;
    private volatile long weaker;
    private volatile long startNanos;
    private volatile long endNanos;

    Feeder(Corpus corpus, String topic, long targetBytes, Scheduler clock) {
        this.corpus = corpus;
        this.topic = topic;
        this.targetBytes = targetBytes;
        this.clock = clock;
    }

    /** Sends everything; completes when all is acknowledged. */
    CompletableFuture<Void> send(Producer<byte[], byte[]> producer) {
        startNanos = clock.now(TimeUnit.NANOSECONDS);
        return producer.send(lines()).doOnNext(this::onResult).then().toFuture();
    }

    /** How many records were handed to the producer; all of them once it has completed. */
    long records() {
        return sentRecords;
    }

    long bytes() {
        return sentBytes;
    }

    long acknowledged() {
        return acknowledged;
    }

    /** How many were acknowledged without having been forced to the device. */
    long weaker() {
        return weaker;
    }

    /** From the first line to the last acknowledgement; 0 before. */
    long elapsedNanos() {
        return endNanos - startNanos;
    }

    private Flux<ProducerRecord<byte[], byte[]>> lines() {
        return Flux.generate(sink -> {
            if (sentBytes >= targetBytes) {
                sink.complete();
                return;
            }
            long number = sentRecords;
            byte[] value = NumberedLine.of(number, corpus.line(number));
            sentBytes += value.length;
            sentRecords = number + 1;
            sink.next(ProducerRecord.of(topic, value));
        });
    }

    private void onResult(SendResult result) {
        acknowledged++;
        endNanos = clock.now(TimeUnit.NANOSECONDS);
        if (result.guarantee() != Guarantee.FSYNCED) {
            weaker++;
        }
    }
}

package io.penstock.client.producer;

import io.penstock.core.model.Guarantee;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Shows what goes in and comes out of a producer to interceptors, in their order. */
public final class InterceptingProducer<K, V> implements Producer<K, V> {

    private static final Logger log = LoggerFactory.getLogger(InterceptingProducer.class);

    private final BatchingProducer<K, V> producer;
    private final List<ProducerInterceptor<K, V>> interceptors;

    public InterceptingProducer(BatchingProducer<K, V> producer, List<ProducerInterceptor<K, V>> interceptors) {
        this.producer = producer;
        this.interceptors = List.copyOf(interceptors);
    }

    @Override
    public Flux<SendResult> send(Publisher<? extends ProducerRecord<K, V>> records) {
        return producer.send(intercept(records)).doOnNext(this::onResult).doOnError(this::onError);
    }

    @Override
    public Mono<SendResult> send(ProducerRecord<K, V> record) {
        Objects.requireNonNull(record, "record");
        return Mono.defer(() -> producer.send(onSend(record)))
                .doOnNext(this::onResult)
                .doOnError(error -> onError(error, record.correlation()));
    }

    @Override
    public Mono<Void> sendAndForget(Publisher<? extends ProducerRecord<K, V>> records) {
        return producer.sendAndForget(intercept(records), this::onResult);
    }

    private Flux<ProducerRecord<K, V>> intercept(Publisher<? extends ProducerRecord<K, V>> records) {
        return Flux.from(records).map(this::onSend);
    }

    private ProducerRecord<K, V> onSend(ProducerRecord<K, V> record) {
        ProducerRecord<K, V> current = record;
        for (ProducerInterceptor<K, V> interceptor : interceptors) {
            try {
                current = Objects.requireNonNull(interceptor.onSend(current), "onSend gave null");
            } catch (Throwable e) {
                log.warn("{} failed on a record for {}, which goes on as it was", interceptor, record.topic(), e);
            }
        }
        return current == record ? record : current.withCorrelation(record.correlation());
    }

    private void onResult(SendResult result) {
        for (ProducerInterceptor<K, V> interceptor : interceptors) {
            try {
                interceptor.onResult(result);
            } catch (Throwable e) {
                log.warn("{} failed on a result of {}", interceptor, result.topic(), e);
            }
        }
    }

    private void onError(Throwable error) {
        onError(error, null);
    }

    private void onError(Throwable error, @Nullable Object correlation) {
        if (error instanceof SendException failure) {
            onResult(new SendResult(
                    failure.topic(),
                    failure.partition(),
                    -1,
                    -1,
                    Guarantee.NONE,
                    failure.outcome(),
                    failure,
                    correlation));
        }
    }

    @Override
    public Mono<Void> flush() {
        return producer.flush();
    }

    @Override
    public Mono<Void> close() {
        return producer.close();
    }
}

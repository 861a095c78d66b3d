package io.penstock.client.producer;

import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.MonoSink;
import reactor.util.context.Context;

/** A stream of records whose sender waits until they are handed in, and not for what becomes of them. */
final class ForgottenSend<K, V> implements CoreSubscriber<SendResult> {

    private final MonoSink<Void> sender;
    private final Consumer<SendResult> results;
    private final SendStream<K, V> stream;
    private volatile boolean isHandedIn;

    /** @param stream makes the stream of results, of a subscriber and of records */
    ForgottenSend(
            MonoSink<Void> sender,
            Publisher<? extends ProducerRecord<K, V>> records,
            Consumer<SendResult> results,
            BiFunction<CoreSubscriber<SendResult>, Publisher<? extends ProducerRecord<K, V>>, SendStream<K, V>>
                    stream) {
        this.sender = sender;
        this.results = results;
        this.stream = stream.apply(this, Flux.from(records).doOnComplete(this::onLastRecord));
    }

    void start() {
        stream.start();
    }

    private void onLastRecord() {
        stream.whenPlaced(() -> {
            isHandedIn = true;
            sender.success();
        });
    }

    @Override
    public Context currentContext() {
        return Context.of(sender.contextView());
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        sender.onCancel(subscription::cancel);
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(SendResult result) {
        results.accept(result);
    }

    @Override
    public void onError(Throwable error) {
        if (!isHandedIn) {
            sender.error(error);
        }
    }

    @Override
    public void onComplete() {
        sender.success();
    }
}

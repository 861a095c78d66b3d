package io.penstock.server.rsocket;

import io.rsocket.Payload;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * A channel whose first payload decides who answers it. RSocket's subscriber gets its subscription at once, and what it
 * asks for before the first payload has come is asked of the answer as soon as there is one; the payload itself is the
 * first that the answer's inbound side gets.
 */
final class OpeningChannel extends Flux<Payload> {

    private final Publisher<Payload> inbound;
    private final BiFunction<Payload, Publisher<Payload>, Flux<Payload>> answers;

    /**
     * @param inbound the channel's payloads
     * @param answers is given the first payload, which it does not release, and all payloads with the first; the Flux that
     *     it gives subscribes to them when it is subscribed to, and asks for the first at once; or it is an error, and
     *     never does
     */
    OpeningChannel(Publisher<Payload> inbound, BiFunction<Payload, Publisher<Payload>, Flux<Payload>> answers) {
        this.inbound = inbound;
        this.answers = answers;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Payload> actual) {
        Inbound opening = new Inbound(new Outbound(actual));
        actual.onSubscribe(opening.outbound);
        inbound.subscribe(opening);
    }

    /** What goes down: nothing until there is an answer. */
    private static final class Outbound extends Operators.DeferredSubscription implements CoreSubscriber<Payload> {

        private final CoreSubscriber<? super Payload> actual;
        private volatile @Nullable Inbound undecided;

        Outbound(CoreSubscriber<? super Payload> actual) {
            this.actual = actual;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            set(subscription);
        }

        @Override
        public void cancel() {
            super.cancel();
            Inbound opening = undecided;
            if (opening != null) {
                opening.cancel();
            }
        }

        @Override
        public void onNext(Payload payload) {
            actual.onNext(payload);
        }

        @Override
        public void onError(Throwable error) {
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            actual.onComplete();
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }
    }

    /** What comes up: the first payload is kept for the answer, the others go to it as they come. */
    private final class Inbound implements CoreSubscriber<Payload>, Subscription {

        private final Outbound outbound;
        private final AtomicReference<@Nullable Payload> first = new AtomicReference<>();
        private @Nullable Subscriber<? super Payload> answering;
        private volatile @Nullable Subscription upstream;
        private boolean isDecided;

        Inbound(Outbound outbound) {
            this.outbound = outbound;
            outbound.undecided = this;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            subscription.request(1);
        }

        @Override
        public void onNext(Payload payload) {
            Subscriber<? super Payload> subscriber = answering;
            if (subscriber != null) {
                subscriber.onNext(payload);
            } else if (isDecided) {
                payload.release(); // nobody wanted it
            } else {
                decide(payload);
            }
        }

        private void decide(Payload payload) {
            isDecided = true;
            first.set(payload);
            answers.apply(payload, this::subscribe).subscribe(outbound);
            outbound.undecided = null; // from here on the answer cancels what comes up
            if (answering == null) {
                cancel();
            }
        }

        private void subscribe(Subscriber<? super Payload> subscriber) {
            answering = subscriber;
            subscriber.onSubscribe(this);
        }

        /** The first payload is there already: it is the first of those that are asked for. */
        @Override
        public void request(long n) {
            Payload payload = first.getAndSet(null);
            Subscriber<? super Payload> subscriber = answering;
            Subscription source = upstream;
            if (payload != null && subscriber != null) {
                subscriber.onNext(payload);
                if (source != null && n > 1) {
                    source.request(n == Long.MAX_VALUE ? n : n - 1);
                }
            } else if (source != null) {
                source.request(n);
            }
        }

        @Override
        public void cancel() {
            Payload payload = first.getAndSet(null);
            if (payload != null) {
                payload.release();
            }
            Subscription source = upstream;
            if (source != null) {
                source.cancel();
            }
        }

        @Override
        public void onError(Throwable error) {
            Subscriber<? super Payload> subscriber = answering;
            if (subscriber != null) {
                subscriber.onError(error);
            } else if (!isDecided) {
                isDecided = true;
                outbound.onError(error);
            }
        }

        @Override
        public void onComplete() {
            Subscriber<? super Payload> subscriber = answering;
            if (subscriber != null) {
                subscriber.onComplete();
            } else if (!isDecided) {
                isDecided = true;
                outbound.onComplete();
            }
        }
    }
}

package io.penstock.client.consumer;

import io.penstock.client.connection.BrokerSession;
import io.rsocket.Payload;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.util.context.Context;

/**
 * One RSocket stream of a partition. Signals come from the connection's thread and are passed on to the subscription's;
 * credit is given, and the stream cancelled, there.
 */
final class FetchStream implements CoreSubscriber<Payload> {

    private final PartitionFetch partition;
    private final int elementBytes;
    private @Nullable Subscription subscription;
    private int outstanding;
    private long granted;
    private boolean received;

    FetchStream(PartitionFetch partition, int elementBytes) {
        this.partition = partition;
        this.elementBytes = elementBytes;
    }

    int elementBytes() {
        return elementBytes;
    }

    /** Elements that were asked for and have not come. */
    int outstanding() {
        return outstanding;
    }

    /** Elements that were ever asked for on this stream. */
    long granted() {
        return granted;
    }

    /** Whether anything has come. */
    boolean hasReceived() {
        return received;
    }

    void grant(int elements) {
        Subscription source = subscription;
        if (source != null && elements > 0) {
            outstanding += elements;
            granted += elements;
            source.request(elements);
        }
    }

    void onReceived() {
        outstanding--;
        received = true;
    }

    void cancel() {
        Subscription source = subscription;
        if (source != null) {
            source.cancel();
        }
    }

    @Override
    public Context currentContext() {
        return BrokerSession.QUIET;
    }

    @Override
    public void onSubscribe(Subscription source) {
        subscription = source;
    }

    @Override
    public void onNext(Payload payload) {
        partition.execute(() -> partition.onElement(this, payload));
    }

    @Override
    public void onError(Throwable error) {
        partition.execute(() -> partition.onStreamError(this, error));
    }

    @Override
    public void onComplete() {
        partition.execute(() -> partition.onStreamComplete(this));
    }
}

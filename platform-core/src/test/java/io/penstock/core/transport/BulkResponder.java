package io.penstock.core.transport;

import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.util.ByteBufPayload;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * Answers every request-stream with bulk, as a broker does: an element is made when it was asked for and the connection's
 * window has room for it. Counts what it makes.
 */
final class BulkResponder implements RSocket {

    private final ServerConnection connection;
    private final int elements;
    private final int elementBytes;
    private final AtomicLong readBytes;

    BulkResponder(ServerConnection connection, int elements, int elementBytes, AtomicLong readBytes) {
        this.connection = connection;
        this.elements = elements;
        this.elementBytes = elementBytes;
        this.readBytes = readBytes;
    }

    @Override
    public Flux<Payload> requestStream(Payload request) {
        request.release();
        return Flux.from(subscriber -> {
            CoreSubscriber<? super Payload> actual = Operators.toCoreSubscriber(subscriber);
            actual.onSubscribe(new Bulk(actual));
        });
    }

    private final class Bulk implements Subscription {

        private final CoreSubscriber<? super Payload> actual;
        private final AtomicLong requested = new AtomicLong();
        private final AtomicInteger passes = new AtomicInteger();
        private volatile boolean isOver;
        private volatile boolean isGranted;
        private boolean isWaiting;
        private int made;

        Bulk(CoreSubscriber<? super Payload> actual) {
            this.actual = actual;
        }

        @Override
        public void request(long n) {
            requested.getAndUpdate(before -> Operators.addCap(before, n));
            pass();
        }

        @Override
        public void cancel() {
            isOver = true;
            pass();
        }

        private void pass() {
            if (passes.getAndIncrement() != 0) {
                return;
            }
            int missed = 1;
            do {
                while (step()) {
                    // until there is something to wait for
                }
                missed = passes.addAndGet(-missed);
            } while (missed != 0);
        }

        private boolean step() {
            if (isGranted) {
                isGranted = false;
                isWaiting = false;
                emit();
                connection.outbound().unreserve(elementBytes);
                return true;
            }
            if (!isWaiting && !isOver && requested.get() > made) {
                isWaiting = true;
                connection.outbound().whenReserved(elementBytes, isReserved -> {
                    isGranted = isReserved;
                    isOver |= !isReserved;
                    pass();
                });
                return true;
            }
            return false;
        }

        private void emit() {
            if (isOver) {
                return;
            }
            readBytes.addAndGet(elementBytes);
            actual.onNext(ByteBufPayload.create(TransportFixture.direct(elementBytes, made++)));
            if (made == elements) {
                isOver = true;
                actual.onComplete();
            }
        }
    }
}

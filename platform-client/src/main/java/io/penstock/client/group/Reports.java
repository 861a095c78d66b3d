package io.penstock.client.group;

import io.netty.buffer.ByteBufAllocator;
import io.penstock.client.connection.BrokerSession;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.runtime.Demand;
import io.penstock.core.runtime.DrainLoop;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * What a member says over its channel: the opener, and then reports, by the coordinator's credit. While there is none
 * only the newest report waits: it says all that those before it did. Safe for any thread and apart from the
 * subscription's turns, so that a handler that holds those does not silence the member.
 */
final class Reports implements Publisher<Payload>, Subscription {

    private final Membership.Join join;
    private final Demand credit = new Demand();
    private final DrainLoop sending = DrainLoop.of(this::send);
    private final AtomicReference<Membership.@Nullable Report> waiting = new AtomicReference<>();
    private volatile @Nullable Subscriber<? super Payload> coordinator;
    private volatile boolean over;
    private boolean joined;

    Reports(Membership.Join join) {
        this.join = join;
    }

    /** Says it as soon as it may, instead of what waits. */
    void say(Membership.Report report) {
        waiting.set(report);
        sending.signal();
    }

    /** Says that the member lives, if there is nothing better to say. */
    void beat(int epoch) {
        waiting.compareAndSet(null, Membership.Report.heartbeat(epoch));
        sending.signal();
    }

    /** Whether nothing waits to be said. */
    boolean isAllSaid() {
        return waiting.get() == null;
    }

    /** Says nothing more. */
    void end() {
        over = true;
    }

    @Override
    public void subscribe(Subscriber<? super Payload> subscriber) {
        coordinator = subscriber;
        subscriber.onSubscribe(this);
    }

    @Override
    public void request(long n) {
        credit.add(n);
        sending.signal();
    }

    @Override
    public void cancel() {
        over = true;
    }

    private void send() {
        Subscriber<? super Payload> to = coordinator;
        while (to != null && !over && credit.get() > 0) {
            Payload next = next();
            if (next == null) {
                return;
            }
            credit.given(1);
            to.onNext(next);
        }
    }

    private @Nullable Payload next() {
        if (!joined) {
            joined = true;
            return BrokerSession.opener(Verb.JOIN_GROUP, join);
        }
        Membership.Report report = waiting.getAndSet(null);
        return report == null ? null : ByteBufPayload.create(CborCodec.encode(ByteBufAllocator.DEFAULT, report));
    }
}

package io.penstock.client.group;

import io.netty.buffer.ByteBufAllocator;
import io.penstock.client.connection.BrokerSession;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.util.context.Context;

/**
 * One channel of a member: upwards the opener and then reports, by the coordinator's credit; downwards assignments, one
 * at a time. Signals come from the connection's thread and are passed on in turn; reports are sent there.
 */
final class MemberChannel implements Publisher<Payload>, Subscription, CoreSubscriber<Payload> {

    /** Whose channel it is; called in turn. */
    interface Owner {

        /** The next thing to say, or null: then {@link MemberChannel#sendReports} is called when there is. */
        Membership.@Nullable Report nextReport(MemberChannel channel);

        void onAssignment(MemberChannel channel, Membership.Assignment assignment);

        /** @param error null if it ended in order */
        void onEnded(MemberChannel channel, @Nullable PenstockException error);
    }

    private final BrokerSession session;
    private final Membership.Join join;
    private final Turns turns;
    private final Owner owner;

    private volatile @Nullable Subscriber<? super Payload> up;
    private volatile @Nullable Subscription down;
    private boolean joined;
    private boolean over;
    private long credit;

    MemberChannel(BrokerSession session, Membership.Join join, Turns turns, Owner owner) {
        this.session = session;
        this.join = join;
        this.turns = turns;
        this.owner = owner;
    }

    void open() {
        session.channel(this).subscribe(this);
    }

    int brokerId() {
        return session.brokerId();
    }

    /** Gives up without a word; the member's session goes on. */
    void drop() {
        over = true;
        Subscription source = down;
        if (source != null) {
            source.cancel();
        }
    }

    // up

    @Override
    public void subscribe(Subscriber<? super Payload> subscriber) {
        up = subscriber;
        subscriber.onSubscribe(this);
    }

    @Override
    public void request(long n) {
        turns.execute(() -> {
            credit += n;
            sendReports();
        });
    }

    @Override
    public void cancel() {
        turns.execute(() -> credit = 0);
    }

    /** Says what there is to say, as far as the coordinator listens. */
    void sendReports() {
        Subscriber<? super Payload> target = up;
        while (target != null && !over && credit > 0) {
            if (!joined) {
                joined = true;
                credit--;
                target.onNext(BrokerSession.opener(Verb.JOIN_GROUP, join));
                continue;
            }
            Membership.Report report = owner.nextReport(this);
            if (report == null) {
                return;
            }
            credit--;
            target.onNext(ByteBufPayload.create(CborCodec.encode(ByteBufAllocator.DEFAULT, report)));
        }
    }

    // down

    @Override
    public Context currentContext() {
        return BrokerSession.QUIET;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        down = subscription;
        subscription.request(1);
    }

    @Override
    public void onNext(Payload payload) {
        Membership.Assignment assignment;
        try {
            assignment = CborCodec.decode(payload.sliceData(), Membership.Assignment.class);
        } finally {
            payload.release();
        }
        turns.execute(() -> {
            if (!over) {
                owner.onAssignment(this, assignment);
                requestNext();
            }
        });
    }

    private void requestNext() {
        Subscription source = down;
        if (source != null) {
            source.request(1);
        }
    }

    @Override
    public void onError(Throwable error) {
        turns.execute(() -> end(RSocketErrors.fromRSocket(error)));
    }

    @Override
    public void onComplete() {
        turns.execute(() -> end(null));
    }

    private void end(@Nullable PenstockException error) {
        if (!over) {
            over = true;
            owner.onEnded(this, error);
        }
    }
}

package io.penstock.client.group;

import io.penstock.client.connection.BrokerSession;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.rsocket.Payload;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.util.context.Context;

/**
 * One channel of a member: upwards its {@link Reports}, downwards assignments, one at a time. Signals come from the
 * connection's thread and are passed on in turn.
 */
final class MemberChannel implements CoreSubscriber<Payload> {

    /** Whose channel it is; called in turn. */
    interface Owner {

        void onAssignment(MemberChannel channel, Membership.Assignment assignment);

        /** @param error null if it ended in order */
        void onEnded(MemberChannel channel, @Nullable PenstockException error);
    }

    private final BrokerSession session;
    private final Reports reports;
    private final Turns turns;
    private final Owner owner;

    private volatile @Nullable Subscription down;
    private boolean over;

    MemberChannel(BrokerSession session, Membership.Join join, Turns turns, Owner owner) {
        this.session = session;
        this.reports = new Reports(join);
        this.turns = turns;
        this.owner = owner;
    }

    void open() {
        session.channel(reports).subscribe(this);
    }

    int brokerId() {
        return session.brokerId();
    }

    Reports reports() {
        return reports;
    }

    /** Gives up without a word; the member's session goes on. */
    void drop() {
        over = true;
        reports.end();
        Subscription source = down;
        if (source != null) {
            source.cancel();
        }
    }

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
            reports.end();
            owner.onEnded(this, error);
        }
    }
}

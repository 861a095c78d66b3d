package io.penstock.server.request;

import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.penstock.core.runtime.Demand;
import io.penstock.core.runtime.DrainLoop;
import io.penstock.server.coordinator.GroupCoordinator;
import io.penstock.server.coordinator.MemberChannel;
import io.penstock.server.coordinator.group.MemberKey;
import io.rsocket.Payload;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * A member's channel: reports come up one at a time, the newest assignment goes down when there is demand. It completes
 * when the member has left, when the client completes, or when the broker stops; but for a leave the member's session
 * goes on.
 */
final class MembershipChannel implements CoreSubscriber<Payload>, Subscription, MemberChannel, OpenStreams.Stream {

    /** How the channel ended: without an error in order. */
    private record End(@Nullable Throwable error) {}

    private static final End IN_ORDER = new End(null);

    private final CoreSubscriber<? super Payload> actual;
    private final Function<Payload, Membership.Join> opener;
    private final GroupCoordinator groups;
    private final OpenStreams streams;
    private final ClientConnection client;

    private final AtomicReference<Membership.@Nullable Assignment> newest = new AtomicReference<>();
    private final AtomicReference<@Nullable End> end = new AtomicReference<>();
    private final Demand requested = new Demand();
    private final DrainLoop steps = DrainLoop.held(this::takeSteps); // until the subscriber knows of us
    private final AtomicBoolean isSignalled = new AtomicBoolean();

    private volatile @Nullable Subscription upstream;
    private volatile @Nullable MemberKey member;

    MembershipChannel(
            CoreSubscriber<? super Payload> actual,
            Function<Payload, Membership.Join> opener,
            GroupCoordinator groups,
            OpenStreams streams,
            ClientConnection client) {
        this.actual = actual;
        this.opener = opener;
        this.groups = groups;
        this.streams = streams;
        this.client = client;
    }

    /** Begins: from here on the subscriber may ask. The caller subscribes to the inbound side next. */
    void start() {
        streams.add(this);
        actual.onSubscribe(this);
        steps.release();
    }

    // up: the opener, then reports

    @Override
    public void onSubscribe(Subscription subscription) {
        upstream = subscription;
        if (end.get() != null) {
            subscription.cancel();
        } else {
            subscription.request(1);
        }
    }

    @Override
    public void onNext(Payload payload) {
        try {
            MemberKey known = member;
            if (known == null) {
                join(opener.apply(payload));
            } else {
                report(known, CborCodec.decode(payload.data(), Membership.Report.class));
            }
        } catch (RuntimeException e) {
            endWith(new End(e));
        } finally {
            payload.release();
        }
    }

    private void join(Membership.Join join) {
        member = new MemberKey(String.valueOf(join.group()), String.valueOf(join.memberId()));
        groups.join(join, client.host(), this).subscribe(null, error -> endWith(new End(error)), this::askForReport);
    }

    private void report(MemberKey known, Membership.Report report) {
        groups.report(known, this, report).subscribe(null, error -> endWith(new End(error)), this::askForReport);
    }

    private void askForReport() {
        Subscription subscription = upstream;
        if (subscription != null && end.get() == null) {
            subscription.request(1);
        }
    }

    @Override
    public void onComplete() {
        endWith(IN_ORDER);
    }

    @Override
    public void onError(Throwable error) {
        cancel();
    }

    // down: assignments

    @Override
    public void send(Membership.Assignment assignment) {
        newest.set(assignment);
        steps.signal();
    }

    @Override
    public void complete() {
        endWith(IN_ORDER);
    }

    @Override
    public void fail(PenstockException why) {
        endWith(new End(why));
    }

    @Override
    public long silentMs() {
        return client.silentFor().toMillis();
    }

    @Override
    public void finish() {
        endWith(IN_ORDER);
    }

    @Override
    public void request(long n) {
        if (Operators.validate(n)) {
            requested.add(n);
            steps.signal();
        }
    }

    /** The client gave up, or its connection is gone: nobody is left to be told. */
    @Override
    public void cancel() {
        isSignalled.set(true);
        endWith(IN_ORDER);
    }

    private void endWith(End how) {
        if (end.compareAndSet(null, how)) {
            MemberKey known = member;
            if (known != null) {
                groups.ended(known, this);
            }
            steps.signal();
        }
    }

    private void takeSteps() {
        sendNewest();
        End how = end.get();
        if (how != null) {
            signal(how);
        }
    }

    private void sendNewest() {
        while (requested.get() > 0 && end.get() == null) {
            Membership.Assignment next = newest.getAndSet(null);
            if (next == null) {
                return;
            }
            requested.given(1);
            try {
                actual.onNext(client.encode(Verb.JOIN_GROUP, next));
            } catch (PenstockException e) {
                endWith(new End(e)); // it does not fit a frame
            }
        }
    }

    private void signal(End how) {
        streams.remove(this);
        Throwable error = how.error;
        if (isSignalled.compareAndSet(false, true)) {
            if (error == null) {
                actual.onComplete();
            } else {
                actual.onError(RSocketErrors.toRSocket(error));
            }
        }
        Subscription subscription = upstream;
        if (subscription != null) {
            subscription.cancel();
        }
    }
}

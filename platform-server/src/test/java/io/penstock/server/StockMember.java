package io.penstock.server;

import static io.penstock.server.BrokerFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.TopicPartitions;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A member of a group as any RSocket client could be one. Unless it is told to be slow, it does at once what an assignment
 * says and reports that.
 */
final class StockMember {

    private static final List<String> NO_PATTERNS = List.of();

    /** What it opens its channels with. */
    private Membership.Join join;

    private final List<Membership.Assignment> assignments = new CopyOnWriteArrayList<>();
    private Sinks.Many<Membership.Report> reports = Sinks.many().unicast().onBackpressureBuffer();
    private @Nullable Inbound inbound;
    private volatile boolean isSlow;

    StockMember(String group, String memberId, String... topics) {
        this.join = new Membership.Join(
                1, group, memberId, null, "test", null, List.of(topics), NO_PATTERNS, null, 45_000, 60_000, 0, null);
    }

    /** Changes what the next channel is opened with. */
    StockMember with(UnaryOperator<Membership.Join> change) {
        join = change.apply(join);
        return this;
    }

    StockMember sessionTimeout(int ms) {
        return with(j -> new Membership.Join(
                1,
                j.group(),
                j.memberId(),
                j.instanceId(),
                j.clientId(),
                j.rackId(),
                j.topics(),
                j.patterns(),
                j.assignor(),
                ms,
                j.rebalanceTimeoutMs(),
                j.memberEpoch(),
                j.owned()));
    }

    StockMember rebalanceTimeout(int ms) {
        return with(j -> new Membership.Join(
                1,
                j.group(),
                j.memberId(),
                j.instanceId(),
                j.clientId(),
                j.rackId(),
                j.topics(),
                j.patterns(),
                j.assignor(),
                j.sessionTimeoutMs(),
                ms,
                j.memberEpoch(),
                j.owned()));
    }

    StockMember instance(String id) {
        return with(j -> new Membership.Join(
                1,
                j.group(),
                j.memberId(),
                id,
                j.clientId(),
                j.rackId(),
                j.topics(),
                j.patterns(),
                j.assignor(),
                j.sessionTimeoutMs(),
                j.rebalanceTimeoutMs(),
                j.memberEpoch(),
                j.owned()));
    }

    StockMember pattern(String pattern) {
        return with(j -> new Membership.Join(
                1,
                j.group(),
                j.memberId(),
                j.instanceId(),
                j.clientId(),
                j.rackId(),
                j.topics(),
                List.of(pattern),
                j.assignor(),
                j.sessionTimeoutMs(),
                j.rebalanceTimeoutMs(),
                j.memberEpoch(),
                j.owned()));
    }

    /** From now on it keeps what it is to give up. */
    StockMember slow(boolean isNowSlow) {
        isSlow = isNowSlow;
        return this;
    }

    /** Opens the channel. */
    StockMember join(StockClient client) {
        return join(client, Long.MAX_VALUE);
    }

    StockMember join(StockClient client, long demand) {
        reports = Sinks.many().unicast().onBackpressureBuffer();
        Inbound channel = new Inbound(demand);
        inbound = channel;
        Membership.Join opener = join;
        Flux.defer(() -> client.socket()
                        .requestChannel(Flux.concat(
                                Mono.fromSupplier(() -> StockClient.opener(Verb.JOIN_GROUP, opener)),
                                reports.asFlux().map(StockMember::payload))))
                .subscribe(channel);
        return this;
    }

    /** Opens the channel again, as who it was. */
    StockMember rejoin(StockClient client) {
        Membership.Assignment last = last();
        return with(j -> new Membership.Join(
                        1,
                        j.group(),
                        j.memberId(),
                        j.instanceId(),
                        j.clientId(),
                        j.rackId(),
                        j.topics(),
                        j.patterns(),
                        j.assignor(),
                        j.sessionTimeoutMs(),
                        j.rebalanceTimeoutMs(),
                        last.memberEpoch(),
                        last.assigned()))
                .join(client);
    }

    private final class Inbound extends BaseSubscriber<Payload> {

        private final long demand;
        private volatile boolean isComplete;
        private volatile @Nullable PenstockException error;

        Inbound(long demand) {
            this.demand = demand;
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            if (demand > 0) {
                subscription.request(demand);
            }
        }

        @Override
        protected void hookOnNext(Payload payload) {
            Membership.Assignment assignment;
            try {
                assignment = CborCodec.decode(payload.data(), Membership.Assignment.class);
            } finally {
                payload.release();
            }
            assignments.add(assignment);
            if (!isSlow) {
                confirm(assignment);
            }
        }

        @Override
        protected void hookOnComplete() {
            isComplete = true;
        }

        @Override
        protected void hookOnError(Throwable thrown) {
            error = RSocketErrors.fromRSocket(thrown);
        }
    }

    void request(long n) {
        channel().request(n);
    }

    private Inbound channel() {
        Inbound channel = inbound;
        if (channel == null) {
            throw new AssertionError("the member has not joined");
        }
        return channel;
    }

    /** Says that it has done what an assignment asks. */
    void confirm(Membership.Assignment assignment) {
        report(Membership.Report.owning(assignment, assignment.assigned()));
    }

    void confirm() {
        confirm(last());
    }

    /** Made when it is asked for: nobody would release one that waits when the channel ends. */
    private static Payload payload(Membership.Report report) {
        return ByteBufPayload.create(CborCodec.encode(ByteBufAllocator.DEFAULT, report));
    }

    void report(Membership.Report report) {
        reports.tryEmitNext(report);
    }

    void leave() {
        report(Membership.Report.leaving(last().memberEpoch()));
    }

    /** Ends the channel from this side, and says nothing. */
    void cut() {
        channel().cancel();
        reports.tryEmitComplete();
    }

    String id() {
        return join.memberId();
    }

    int epoch() {
        return last().memberEpoch();
    }

    List<Membership.Assignment> assignments() {
        return assignments;
    }

    Membership.Assignment last() {
        return assignments.get(assignments.size() - 1);
    }

    /** What it may own now, as {@code topic-partition}. */
    Set<String> assigned() {
        Set<String> names = new TreeSet<>();
        if (!assignments.isEmpty()) {
            for (TopicPartitions topic : last().assigned()) {
                topic.partitions().forEach(partition -> names.add(topic.topic() + "-" + partition));
            }
        }
        return names;
    }

    StockMember awaitAssigned(int partitions) {
        await(id() + " has " + partitions + " partitions", () -> assigned().size() == partitions);
        return this;
    }

    StockMember awaitAssignment(Predicate<Membership.Assignment> wanted) {
        await(id() + " has the assignment", () -> !assignments.isEmpty() && wanted.test(last()));
        return this;
    }

    void awaitCompletion() {
        await(id() + "'s channel completes", () -> channel().isComplete);
    }

    ErrorCode awaitError() {
        await(id() + "'s channel fails", () -> channel().error != null);
        PenstockException error = channel().error;
        assertThat(error).isNotNull();
        return error.code();
    }

    boolean isOpen() {
        return !channel().isComplete && channel().error == null && !channel().isDisposed();
    }

    static Set<String> union(List<StockMember> members) {
        Set<String> all = new TreeSet<>();
        for (StockMember member : members) {
            List<String> twice = new ArrayList<>(member.assigned());
            twice.retainAll(all);
            assertThat(twice).as("assigned twice").isEmpty();
            all.addAll(member.assigned());
        }
        return all;
    }
}

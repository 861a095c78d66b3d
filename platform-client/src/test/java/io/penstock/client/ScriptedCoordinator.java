package io.penstock.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.GroupCoordinator;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Groups;
import io.penstock.core.protocol.Membership;
import io.penstock.core.protocol.TopicPartitions;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.CborCodec;
import io.penstock.core.protocol.codec.RSocketErrors;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The coordinator of a scripted broker: keeps offsets; who owns what is the test's to say. */
public final class ScriptedCoordinator {

    private final ScriptedBroker broker;
    private final List<Member> members = new CopyOnWriteArrayList<>();
    private final List<GroupOffsets.Entry> commits = new CopyOnWriteArrayList<>();
    private final Map<TopicPartition, GroupOffsets.Entry> offsets = new ConcurrentHashMap<>();
    private final Map<TopicPartition, ErrorCode> refusals = new ConcurrentHashMap<>();

    private volatile @Nullable Integer place;
    private final Map<Verb, Mono<Void>> gates = new ConcurrentHashMap<>();

    ScriptedCoordinator(ScriptedBroker broker) {
        this.broker = broker;
    }

    /** A member's channel, when it has been opened; a member that comes back has another one. */
    public Member member(int number) {
        Await.until("member channel " + number, () -> members.size() > number);
        return members.get(number);
    }

    public int memberChannels() {
        return members.size();
    }

    /** What was committed so far, the oldest first. */
    public List<GroupOffsets.Entry> commits() {
        return commits;
    }

    /** What is committed of a partition, once it is at an offset or later. */
    public GroupOffsets.Entry committed(String topic, int partition, long offset) {
        TopicPartition key = new TopicPartition(topic, partition);
        Await.until("offset " + offset + " of " + key, () -> {
            GroupOffsets.Entry entry = offsets.get(key);
            return entry != null && entry.offset() >= offset;
        });
        return offsets.get(key);
    }

    /** Puts an offset there, as a former member left it. */
    public void commit(String topic, int partition, long offset, byte[] finished) {
        offsets.put(
                new TopicPartition(topic, partition),
                new GroupOffsets.Entry(topic, broker.topicId(topic), partition, offset, -1, null, finished));
    }

    /** Says that another broker coordinates; null for this one. */
    public void at(@Nullable Integer brokerId) {
        place = brokerId;
    }

    /** Commits are taken, and not answered until the returned one is run. */
    public Runnable holdAnswersOfCommits() {
        return holdAnswersOf(Verb.COMMIT_OFFSETS);
    }

    /** Requests of a kind are taken, and not answered until the returned one is run. */
    public Runnable holdAnswersOf(Verb verb) {
        Sinks.Empty<Void> gate = Sinks.empty();
        gates.put(verb, gate.asMono());
        return gate::tryEmitEmpty;
    }

    Mono<Void> passage(Verb verb) {
        return gates.getOrDefault(verb, Mono.empty());
    }

    /** Commits of a partition are refused from now on. */
    public void refuse(TopicPartition partition, ErrorCode code) {
        refusals.put(partition, code);
    }

    Object answer(Verb verb, ByteBuf body) {
        return switch (verb) {
            case GROUP_COORDINATOR -> new GroupCoordinator.Response(0, place == null ? broker.id() : place, 0);
            case COMMIT_OFFSETS -> commit(CborCodec.decode(body, GroupOffsets.Commit.class));
            case FETCH_OFFSETS -> offsets(CborCodec.decode(body, GroupOffsets.Fetch.class));
            case DESCRIBE_GROUPS -> describe(CborCodec.decode(body, Groups.DescribeRequest.class));
            default -> throw new PenstockException(ErrorCode.UNKNOWN_VERB, verb.route());
        };
    }

    /** As groups that nobody is in. */
    private Groups.DescribeResponse describe(Groups.DescribeRequest request) {
        return new Groups.DescribeResponse(request.groups().stream()
                .map(group -> new Groups.Description(group, 0, "consumer", "Empty", "", 1, 1, broker.id(), List.of()))
                .toList());
    }

    private GroupOffsets.CommitResponse commit(GroupOffsets.Commit commit) {
        List<GroupOffsets.CommitAnswer> answers = new ArrayList<>();
        for (GroupOffsets.Entry entry : commit.offsets()) {
            TopicPartition partition = new TopicPartition(entry.topic(), entry.partition());
            ErrorCode refusal = refusals.getOrDefault(partition, ErrorCode.NONE);
            if (refusal == ErrorCode.NONE) {
                commits.add(entry);
                offsets.put(partition, entry);
            }
            answers.add(new GroupOffsets.CommitAnswer(entry.topic(), entry.partition(), refusal.number()));
        }
        return new GroupOffsets.CommitResponse(answers);
    }

    private GroupOffsets.FetchResponse offsets(GroupOffsets.Fetch fetch) {
        List<GroupOffsets.Committed> found = new ArrayList<>();
        if (fetch.partitions() == null) {
            return new GroupOffsets.FetchResponse(found);
        }
        for (GroupOffsets.TopicPartitionNames topic : fetch.partitions()) {
            for (int partition : topic.partitions()) {
                GroupOffsets.Entry entry = offsets.get(new TopicPartition(topic.topic(), partition));
                found.add(
                        entry == null
                                ? new GroupOffsets.Committed(topic.topic(), null, partition, -1, -1, "", null, -1, 0)
                                : new GroupOffsets.Committed(
                                        topic.topic(),
                                        entry.topicId(),
                                        partition,
                                        entry.offset(),
                                        -1,
                                        "",
                                        entry.finished(),
                                        0,
                                        0));
            }
        }
        return new GroupOffsets.FetchResponse(found);
    }

    Flux<Payload> join(Publisher<Payload> up) {
        return Flux.create(sink -> up.subscribe(new Member(sink)));
    }

    /** A member's channel. */
    public final class Member extends BaseSubscriber<Payload> {

        private final FluxSink<Payload> sink;
        private final List<Membership.Report> reports = new CopyOnWriteArrayList<>();
        private volatile Membership.Join join;
        private volatile boolean over;
        private int revision;
        private int heartbeatIntervalMs;

        private Member(FluxSink<Payload> sink) {
            this.sink = sink;
            sink.onDispose(() -> over = true);
        }

        public Membership.Join join() {
            return join;
        }

        /** What the member said after it joined. */
        public List<Membership.Report> reports() {
            return reports;
        }

        /** A report, when it has come. */
        public Membership.Report report(int number) {
            Await.until("report " + number, () -> reports.size() > number);
            return reports.get(number);
        }

        public boolean isOver() {
            return over;
        }

        public Member heartbeats(int intervalMs) {
            heartbeatIntervalMs = intervalMs;
            return this;
        }

        /** Says that the member may own these partitions of a topic and no others. */
        public Member assign(int epoch, String topic, Integer... partitions) {
            return assign(epoch, List.of(new TopicPartitions(broker.topicId(topic), topic, List.of(partitions))));
        }

        public Member assign(int epoch, List<TopicPartitions> assigned) {
            Membership.Assignment assignment =
                    new Membership.Assignment(join.memberId(), epoch, ++revision, assigned, heartbeatIntervalMs);
            sink.next(ByteBufPayload.create(CborCodec.encode(ByteBufAllocator.DEFAULT, assignment)));
            return this;
        }

        public void fail(ErrorCode code) {
            sink.error(RSocketErrors.toRSocket(new PenstockException(code, "by the script")));
        }

        /** As a broker that stops. */
        public void complete() {
            sink.complete();
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            request(1);
        }

        @Override
        protected void hookOnNext(Payload payload) {
            try {
                if (join == null) {
                    join = CborCodec.decode(payload.sliceData(), Membership.Join.class);
                    members.add(this);
                } else {
                    Membership.Report report = CborCodec.decode(payload.sliceData(), Membership.Report.class);
                    reports.add(report);
                    if (report.leave()) {
                        sink.complete();
                    }
                }
            } finally {
                payload.release();
            }
            request(1);
        }

        /** The connection is gone: nobody waits for answers. */
        @Override
        protected void hookOnError(Throwable error) {}
    }

    /** What a topic's partitions look like in a report. */
    public List<TopicPartitions> owned(String topic, Integer... partitions) {
        UUID id = broker.topicId(topic);
        return List.of(new TopicPartitions(id, topic, List.of(partitions)));
    }
}

package io.penstock.client.group;

import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.BrokerSession;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.GroupOffsets;
import io.penstock.core.protocol.Verb;
import io.penstock.core.protocol.codec.FinishedRanges;
import io.penstock.core.protocol.codec.RSocketErrors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;

/**
 * Commits how far a member's partitions have come: by itself as the policy says, and when it is told to. One commit is
 * on its way at a time, so that none overtakes a later one; one that does not arrive is made again, with what is
 * finished by then. Runs in turn.
 */
final class OffsetCommitter {

    /** Told of what happens, in turn. */
    interface Listener {

        /** A commit did not arrive; another is made after the pause. */
        void onWaiting(Duration pause, PenstockException why);

        /** The coordinator refused a partition's offset, or the partition went before it could be asked. */
        void onRefused(TopicPartition partition, PenstockException why);

        /** A commit is through. */
        void onCommitted();
    }

    private static final int VERSION = 1;
    /** What one request may carry: far below the frame that every broker takes. */
    private static final int MAX_REQUEST_BYTES = 1 << 20;

    private static final int ENTRY_BYTES = 400;

    private record Due(PartitionProgress state, Progress progress, GroupOffsets.Entry entry) {}

    /**
     * Somebody waits for a commit.
     *
     * @param gone partitions that went before what was acknowledged of them was committed
     */
    private record Waiting(CommitWaiter waiter, Set<TopicPartition> gone) {}

    private final GroupOptions options;
    private final GroupMembership membership;
    private final Coordinator coordinator;
    private final Turns turns;
    private final Listener listener;
    private final CommitSchedule schedule;
    private final Map<AssignedPartition, PartitionProgress> partitions = new LinkedHashMap<>();
    private final Map<AssignedPartition, Long> committed = new ConcurrentHashMap<>();
    private final Disposable.Swap timer = Disposables.swap();
    private final Disposable.Swap work = Disposables.swap();

    private List<Waiting> waiters = new ArrayList<>();
    private List<Waiting> inFlight = List.of();
    private boolean committing;
    /** Another one was due while one was on its way. */
    private boolean isDueAgain;

    private @Nullable PenstockException ended;
    private int failures;

    OffsetCommitter(
            GroupOptions options, GroupMembership membership, Coordinator coordinator, Turns turns, Listener listener) {
        this.options = options;
        this.membership = membership;
        this.coordinator = coordinator;
        this.turns = turns;
        this.listener = listener;
        this.schedule = CommitSchedule.of(options.commits());
    }

    void add(AssignedPartition partition, PartitionProgress progress) {
        partitions.put(partition, progress);
        onAcknowledged(1); // where it begins is worth a commit too
    }

    void remove(AssignedPartition partition) {
        PartitionProgress gone = partitions.remove(partition);
        committed.remove(partition);
        if (gone != null && gone.owesCommit()) {
            inFlight.forEach(waiting -> waiting.gone.add(partition.topicPartition()));
            waiters.forEach(waiting -> waiting.gone.add(partition.topicPartition()));
        }
    }

    /** The coordinator has an offset of a partition. */
    void onCommitted(AssignedPartition partition, long offset) {
        committed.put(partition, offset);
    }

    /** The offset that the coordinator has of a partition, or -1 if none is known; any thread. */
    long committed(AssignedPartition partition) {
        return committed.getOrDefault(partition, -1L);
    }

    /** Records were acknowledged. Any thread. */
    void onAcknowledged(long records) {
        switch (schedule.onAcknowledged(records)) {
            case NOW -> turns.execute(this::start);
            case LATER -> turns.execute(() -> timer.update(turns.executeLater(this::start, schedule.interval())));
            case NOTHING -> {}
        }
    }

    /** Commits all that is finished now, and says when that is done. */
    void commit(CommitWaiter waiter) {
        PenstockException over = ended;
        if (over != null) {
            waiter.onCommitted(over);
            return;
        }
        waiters.add(new Waiting(waiter, new LinkedHashSet<>()));
        start();
    }

    /** Commits nothing more. */
    void end(PenstockException why) {
        if (ended != null) {
            return;
        }
        ended = why;
        timer.dispose();
        work.dispose();
        List<Waiting> left = new ArrayList<>(inFlight);
        left.addAll(waiters);
        inFlight = List.of();
        waiters = new ArrayList<>();
        left.forEach(waiting -> waiting.waiter.onCommitted(why));
    }

    private void start() {
        if (committing || ended != null) {
            isDueAgain = committing;
            return;
        }
        isDueAgain = false;
        schedule.onCommit();
        timer.update(Disposables.disposed());
        inFlight = waiters;
        waiters = new ArrayList<>();
        Map<AssignedPartition, Due> due = due();
        if (due.isEmpty()) {
            finish(null);
            return;
        }
        committing = true;
        work.update(Flux.fromIterable(requests(due))
                .concatMap(
                        request -> coordinator.ask(Verb.COMMIT_OFFSETS, request, GroupOffsets.CommitResponse.class), 1)
                .concatMapIterable(GroupOffsets.CommitResponse::answers)
                .collectList()
                .subscribe(
                        answers -> turns.execute(() -> onAnswered(due, answers)),
                        error -> turns.execute(() -> onFailed(due, RSocketErrors.fromRSocket(error))),
                        null,
                        BrokerSession.QUIET));
    }

    private Map<AssignedPartition, Due> due() {
        Map<AssignedPartition, Due> due = new LinkedHashMap<>();
        partitions.forEach((partition, state) -> {
            Progress progress = state.uncommitted();
            if (progress != null) {
                due.put(partition, new Due(state, progress, entry(partition, progress)));
            }
        });
        return due;
    }

    private static GroupOffsets.Entry entry(AssignedPartition partition, Progress progress) {
        return new GroupOffsets.Entry(
                partition.topicPartition().topic(),
                partition.topicId(),
                partition.topicPartition().partition(),
                progress.offset(),
                progress.leaderEpoch(),
                null,
                FinishedRanges.encode(progress.finished(), progress.offset(), GroupOffsets.MAX_FINISHED_BYTES));
    }

    private List<GroupOffsets.Commit> requests(Map<AssignedPartition, Due> due) {
        List<GroupOffsets.Commit> requests = new ArrayList<>();
        List<GroupOffsets.Entry> entries = new ArrayList<>();
        int bytes = 0;
        for (Due each : due.values()) {
            byte[] finished = each.entry().finished();
            int size = ENTRY_BYTES + (finished == null ? 0 : finished.length);
            if (bytes + size > MAX_REQUEST_BYTES) {
                requests.add(request(entries));
                entries = new ArrayList<>();
                bytes = 0;
            }
            entries.add(each.entry());
            bytes += size;
        }
        requests.add(request(entries));
        return requests;
    }

    private GroupOffsets.Commit request(List<GroupOffsets.Entry> entries) {
        return new GroupOffsets.Commit(
                VERSION, options.groupId(), membership.memberId(), membership.epoch(), options.instanceId(), entries);
    }

    private void onAnswered(Map<AssignedPartition, Due> due, List<GroupOffsets.CommitAnswer> answers) {
        if (ended != null) {
            return;
        }
        failures = 0;
        Map<TopicPartition, ErrorCode> errors = new HashMap<>();
        for (GroupOffsets.CommitAnswer answer : answers) {
            errors.put(new TopicPartition(answer.topic(), answer.partition()), ErrorCode.ofNumber(answer.error()));
        }
        PenstockException first = null;
        for (Map.Entry<AssignedPartition, Due> each : due.entrySet()) {
            TopicPartition partition = each.getKey().topicPartition();
            inFlight.forEach(waiting -> waiting.gone.remove(partition)); // what became of it is said here
            ErrorCode code = errors.getOrDefault(partition, ErrorCode.UNKNOWN_SERVER_ERROR);
            Due was = each.getValue();
            if (code != ErrorCode.NONE) {
                PenstockException refused = refusal(partition, was.progress(), code);
                first = first == null ? refused : first;
                listener.onRefused(partition, refused);
            } else if (partitions.get(each.getKey()) == was.state()) {
                // a partition that was sought in meanwhile has another state, which knows nothing of this commit
                was.state().onCommitted(was.progress());
                onCommitted(each.getKey(), was.progress().offset());
            }
        }
        finish(first);
    }

    private PenstockException refusal(TopicPartition partition, Progress progress, ErrorCode code) {
        return new PenstockException(
                code,
                "group " + options.groupId() + " does not take offset " + progress.offset() + " of " + partition
                        + " from member " + membership.memberId() + ": " + code.meaning());
    }

    private void onFailed(Map<AssignedPartition, Due> due, PenstockException error) {
        if (ended != null) {
            return;
        }
        if (!Backoff.canHelp(error)) {
            due.keySet().forEach(partition -> listener.onRefused(partition.topicPartition(), error));
            finish(error);
            return;
        }
        Duration pause = turns.backoff(++failures);
        listener.onWaiting(pause, error);
        work.update(turns.executeLater(this::tryAgain, pause));
    }

    private void tryAgain() {
        committing = false;
        waiters.addAll(0, inFlight);
        start();
    }

    private void finish(@Nullable PenstockException error) {
        committing = false;
        List<Waiting> answered = inFlight;
        inFlight = List.of();
        Map<TopicPartition, PenstockException> losses = new LinkedHashMap<>();
        answered.forEach(waiting -> waiting.gone.forEach(partition -> losses.computeIfAbsent(partition, this::loss)));
        losses.forEach(listener::onRefused);
        for (Waiting waiting : answered) {
            PenstockException loss =
                    waiting.gone.stream().map(losses::get).findFirst().orElse(null);
            waiting.waiter.onCommitted(error == null ? loss : error);
        }
        listener.onCommitted();
        if (isDueAgain || !waiters.isEmpty()) {
            start();
        }
    }

    private PenstockException loss(TopicPartition partition) {
        return new PenstockException(
                ErrorCode.STALE_MEMBER_EPOCH,
                partition + " went from member " + membership.memberId() + " of group " + options.groupId()
                        + " before what was acknowledged of it was committed");
    }
}

package io.penstock.cli;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the members of a group went through, and what is wrong with it. A claim is the time in which a partition is a
 * member's: from its assignment until it is given up or lost, or the member is killed.
 */
final class GroupHistory {

    private enum End {
        OPEN,
        REVOKED,
        LOST,
        KILLED
    }

    /** A partition in a member's hands. */
    private static final class Claim {

        private final String member;
        private final int partition;
        private final long epoch;
        private final long fromNanos;
        private final Map<Long, Long> handled = new TreeMap<>();
        private long startedNanos = -1;
        private long revokingNanos = -1;
        private long lastHandledNanos = -1;
        private long lastOffset = -1;
        private long unacknowledged;
        private int opened;
        private int interrupted;
        private long toNanos = Long.MAX_VALUE;
        private End end = End.OPEN;

        Claim(String member, int partition, long epoch, long fromNanos) {
            this.member = member;
            this.partition = partition;
            this.epoch = epoch;
            this.fromNanos = fromNanos;
        }

        void end(End how, long atNanos) {
            end = how;
            toNanos = atNanos;
        }

        boolean isDrained() {
            return end == End.REVOKED && unacknowledged == 0;
        }

        long drainedNanos() {
            return Math.max(revokingNanos, lastHandledNanos);
        }

        @Override
        public String toString() {
            return member + "'s partition " + partition + " of epoch " + epoch;
        }
    }

    /** A commit that a member asked for, and that was held up before it was sent. */
    private static final class HeldCommit {

        private final String member;
        private final int partition;
        private final long offset;
        private boolean late;
        private boolean refused;

        HeldCommit(String member, int partition, long offset) {
            this.member = member;
            this.partition = partition;
            this.offset = offset;
        }

        @Override
        public String toString() {
            return member + "'s commit of partition " + partition + " up to " + offset;
        }
    }

    private record Stop(String member, long fromNanos, long toNanos) {}

    private final List<Claim> claims = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private final List<Stop> stops = new ArrayList<>();
    private final List<Long> kills = new ArrayList<>();
    private final List<HeldCommit> heldCommits = new ArrayList<>();
    private final Map<String, Long> firstStarts = new HashMap<>();
    private int refused;

    /** What one member wrote down, and what was done to it, in the order of time. One that was put out may be killed before it hears of that. */
    void add(String member, List<HistoryEvent> events) {
        Map<Integer, Claim> held = new HashMap<>();
        boolean isToLose = false;
        for (HistoryEvent event : events) {
            switch (event.kind()) {
                case ASSIGNED -> event.partitions().forEach(partition -> claim(member, partition, event, held));
                case REVOKING -> revoking(event, held);
                case PUT_OUT -> isToLose = !held.isEmpty();
                case LOST -> {
                    isToLose = false;
                    event.partitions().forEach(partition -> end(held.remove(partition), End.LOST, event));
                    heldCommits(member, event).forEach(commit -> commit.late = true);
                }
                case KILLED -> {
                    kills.add(event.nanos());
                    // it did not live to write down what it heard of them
                    heldCommits.removeIf(commit -> commit.member.equals(member) && !commit.refused);
                    End how = isToLose ? End.LOST : End.KILLED;
                    held.values().forEach(claim -> end(claim, how, event));
                    held.clear();
                }
                case HELD ->
                    event.partitions()
                            .forEach(partition -> heldCommits.add(new HeldCommit(member, partition, event.number())));
                case REFUSED -> {
                    refused++;
                    heldCommits(member, event).forEach(commit -> commit.refused = true);
                }
                case STOPPED -> stops.add(new Stop(member, event.nanos(), wokenAfter(event, events)));
                case WOKEN -> {}
                default -> event.partitions().forEach(partition -> of(member, partition, event, held));
            }
        }
    }

    private List<HeldCommit> heldCommits(String member, HistoryEvent event) {
        return heldCommits.stream()
                .filter(commit ->
                        commit.member.equals(member) && event.partitions().contains(commit.partition))
                .toList();
    }

    private static long wokenAfter(HistoryEvent stopped, List<HistoryEvent> events) {
        return events.stream()
                .filter(event -> event.kind() == HistoryEvent.Kind.WOKEN && event.nanos() >= stopped.nanos())
                .mapToLong(HistoryEvent::nanos)
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }

    private void claim(String member, int partition, HistoryEvent event, Map<Integer, Claim> held) {
        Claim claim = new Claim(member, partition, event.number(), event.nanos());
        Claim before = held.put(partition, claim);
        if (before != null) {
            violations.add(before + " was assigned again before it was given up");
            before.end(End.REVOKED, event.nanos());
        }
        claims.add(claim);
    }

    private static void end(@Nullable Claim claim, End how, HistoryEvent event) {
        if (claim != null) {
            claim.end(how, event.nanos());
        }
    }

    private static void revoking(HistoryEvent event, Map<Integer, Claim> held) {
        for (int partition : event.partitions()) {
            Claim claim = held.get(partition);
            if (claim != null) {
                claim.revokingNanos = event.nanos();
            }
        }
    }

    private void of(String member, int partition, HistoryEvent event, Map<Integer, Claim> held) {
        Claim claim = held.get(partition);
        if (claim == null) {
            violations.add(member + " had " + event.kind() + " of partition " + partition + " without owning it");
            return;
        }
        switch (event.kind()) {
            case STARTED -> {
                claim.startedNanos = event.nanos();
                firstStarts.putIfAbsent(member, event.nanos());
            }
            case OPENED -> claim.opened++;
            case INTERRUPTED -> claim.interrupted++;
            case HANDLED -> handled(claim, event);
            default -> {
                claim.unacknowledged = event.number();
                held.remove(partition);
                end(claim, End.REVOKED, event);
            }
        }
    }

    private void handled(Claim claim, HistoryEvent event) {
        long offset = event.number();
        if (claim.lastOffset >= offset) {
            violations.add(claim + " gave offset " + offset + " after " + claim.lastOffset);
        }
        claim.lastOffset = Math.max(claim.lastOffset, offset);
        claim.handled.put(offset, event.nanos());
        claim.lastHandledNanos = event.nanos();
    }

    /**
     * What is wrong, in words; empty if nothing is.
     *
     * @param ends how many records each partition has
     */
    List<String> violations(Map<Integer, Long> ends) {
        List<String> found = new ArrayList<>(violations);
        Map<Integer, List<Claim>> byPartition = new TreeMap<>();
        claims.forEach(claim -> byPartition
                .computeIfAbsent(claim.partition, key -> new ArrayList<>())
                .add(claim));
        byPartition.values().forEach(list -> list.sort(Comparator.comparingLong(claim -> claim.fromNanos)));
        ends.forEach(
                (partition, end) -> findMissing(partition, end, byPartition.getOrDefault(partition, List.of()), found));
        byPartition.values().forEach(list -> {
            findSharedOwnership(list, found);
            findRepeated(list, found);
        });
        heldCommits.stream()
                .filter(commit -> commit.late && !commit.refused)
                .forEach(commit -> found.add(commit + " was sent when it had been put out, and was not refused"));
        claims.stream()
                .filter(claim -> claim.opened > 1 + claim.interrupted)
                .forEach(claim -> found.add(claim + " was opened " + claim.opened + " times and interrupted "
                        + claim.interrupted + " times"));
        return found;
    }

    private static void findMissing(int partition, long end, List<Claim> ofPartition, List<String> found) {
        BitSet handled = new BitSet();
        ofPartition.forEach(claim -> claim.handled.keySet().forEach(offset -> handled.set(offset.intValue())));
        for (int offset = handled.nextClearBit(0); offset < end; offset = handled.nextClearBit(offset + 1)) {
            found.add("partition " + partition + "@" + offset + " was never handled");
        }
    }

    /**
     * Of two claims the one of the lower epoch has to be over before the other begins, unless the group has put its
     * member out. One that was stopped may hear of it that late that its claim begins behind the other's.
     */
    private static void findSharedOwnership(List<Claim> ofPartition, List<String> found) {
        List<Claim> byEpoch = new ArrayList<>(ofPartition);
        byEpoch.sort(Comparator.comparingLong(claim -> claim.epoch));
        for (int i = 0; i < byEpoch.size(); i++) {
            for (int j = i + 1; j < byEpoch.size(); j++) {
                Claim lower = byEpoch.get(i);
                Claim higher = byEpoch.get(j);
                boolean isOthers = !lower.member.equals(higher.member);
                if (isOthers && lower.epoch == higher.epoch) {
                    found.add(lower + " and " + higher + " are of one epoch");
                } else if (lower.toNanos > higher.fromNanos && lower.end != End.LOST) {
                    found.add(
                            lower + ", which ended " + lower.end + ", and " + higher + " were owned at the same time");
                }
            }
        }
    }

    /** A record comes again only if it was handled by one that was killed or put out, or did not finish in time. */
    private static void findRepeated(List<Claim> ofPartition, List<String> found) {
        Map<Long, Claim> drained = new HashMap<>();
        for (Claim claim : ofPartition) {
            for (long offset : claim.handled.keySet()) {
                Claim before = drained.get(offset);
                if (before != null) {
                    found.add(before + " was given up drained, and " + claim + " had its offset " + offset + " again");
                }
                if (claim.isDrained()) {
                    drained.put(offset, claim);
                }
            }
        }
    }

    // figures

    /**
     * A partition that was handed over drained while no member was stopped or dead and not yet put out, to one that had
     * read before: the first of a process waits for a cold JVM.
     *
     * @param toAssignedNanos from the end of the drain until it was the next owner's
     * @param toStartedNanos from the end of the drain until that one read it
     */
    record Move(long toAssignedNanos, long toStartedNanos) {}

    List<Move> moves() {
        List<Move> moves = new ArrayList<>();
        for (Claim claim : claims) {
            Claim next = claim.isDrained() ? next(claim) : null;
            long drained = claim.drainedNanos();
            if (next != null && !next.member.equals(claim.member) && isAmongLiving(next, drained)) {
                moves.add(new Move(next.fromNanos - drained, next.startedNanos - drained));
            }
        }
        return moves;
    }

    /** The partition may have been given in between to one who was stopped or dead, until the session of that one was over. */
    private boolean isAmongLiving(Claim next, long sinceNanos) {
        long session = GroupRunMember.SESSION_TIMEOUT.toNanos();
        return next.startedNanos >= 0
                && firstStarts.get(next.member) < sinceNanos
                && stops.stream()
                        .noneMatch(stop -> stop.fromNanos < next.startedNanos && stop.toNanos > sinceNanos - session)
                && kills.stream().noneMatch(kill -> kill < next.startedNanos && kill + session > sinceNanos);
    }

    private @Nullable Claim next(Claim claim) {
        return claims.stream()
                .filter(other -> other.partition == claim.partition && other.fromNanos > claim.toNanos)
                .min(Comparator.comparingLong(other -> other.fromNanos))
                .orElse(null);
    }

    int claims() {
        return claims.size();
    }

    int lost() {
        return (int) claims.stream().filter(claim -> claim.end == End.LOST).count();
    }

    int refusedCommits() {
        return refused;
    }

    /** Commits that were held up until their member had been put out. */
    int lateCommits() {
        return (int) heldCommits.stream().filter(commit -> commit.late).count();
    }

    long handled() {
        return claims.stream().mapToLong(claim -> claim.handled.size()).sum();
    }
}

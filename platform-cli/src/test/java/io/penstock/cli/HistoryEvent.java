package io.penstock.cli;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Something that a member of a group went through, as it writes it down: a line of {@code nanos kind number
 * partition,partition…}. Times are of {@link System#nanoTime}, which the processes of a machine share.
 *
 * @param number what the kind says
 */
record HistoryEvent(long nanos, Kind kind, long number, List<Integer> partitions) {

    /** What happened; the number is 0 where nothing is said of it. */
    enum Kind {
        /** Partitions are the member's; the member's epoch. */
        ASSIGNED,
        /** A partition is read from its position on, for the first time. */
        STARTED,
        /** A stream of a partition was opened. */
        OPENED,
        /** A stream of a partition ended before its time. */
        INTERRUPTED,
        /** A record was handled; its offset. It was not acknowledged before. */
        HANDLED,
        /** Partitions are to be given up. */
        REVOKING,
        /** A partition was given up; how many of its records were not acknowledged. */
        REVOKED,
        /** Partitions are others' by now. */
        LOST,
        /** A commit of a partition was not taken. */
        REFUSED,
        /** A commit was asked for, and is held up before it is sent; the offset up to which it goes at least. */
        HELD,
        /** The member was killed; said by who did it, with no partitions. */
        KILLED,
        /** The group goes on without the member, which has not heard of it yet; said by who stopped it, with no partitions. */
        PUT_OUT,
        /** The member was stopped; said by who did it, with no partitions. */
        STOPPED,
        /** The member goes on; said by who did it, with no partitions. */
        WOKEN
    }

    static HistoryEvent now(Kind kind, long number, List<Integer> partitions) {
        return new HistoryEvent(System.nanoTime(), kind, number, partitions);
    }

    String line() {
        return nanos + " " + kind + " " + number + " "
                + partitions.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    static HistoryEvent parse(String line) {
        String[] words = line.split(" ", 4);
        List<Integer> partitions = words[3].isEmpty()
                ? List.of()
                : Arrays.stream(words[3].split(",")).map(Integer::valueOf).toList();
        return new HistoryEvent(Long.parseLong(words[0]), Kind.valueOf(words[1]), Long.parseLong(words[2]), partitions);
    }
}

package io.penstock.client.consumer;

import io.netty.util.collection.LongObjectHashMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is. Records of one key stand in one lane and take turns; lanes that have somebody to send take turns for
 * the places in which work is done. A lane is there for as long as a record of its key is: keys that happen to be busy at
 * the same time do not wait for each other.
 *
 * <pre>
 *   waiting ──► first of its lane ──► ready ──► running ──► finished
 *                                       ▲          │
 *                                       └─ suspended (holds up its lane, and takes no place)
 * </pre>
 *
 * <p>Bounded by records, and by bytes, of which one record more may be there. One key may have a quarter of both: the
 * records of a key that is stuck are not all that there is room for.
 *
 * <p>Decides and does nothing else. Not thread-safe.
 *
 * @param <T> what takes turns
 */
final class KeyLanes<T extends KeyLanes.Turn<T>> {

    private static final int SHARES = 4;

    /**
     * How much there may be.
     *
     * @param running records that are worked on at the same time
     * @param records records in all, at least {@code running}
     * @param bytes when they have so many bytes, no more are taken
     */
    record Bounds(int running, int records, long bytes) {

        int recordsOfAKey() {
            return Math.max(1, records / SHARES);
        }

        long bytesOfAKey() {
            return Math.max(1, bytes / SHARES);
        }
    }

    /** Something that takes turns: stands in one lane at a time. */
    abstract static class Turn<T extends Turn<T>> {

        @Nullable
        Lane<T> lane;

        @Nullable
        T next;

        int sizeInBytes;
        boolean isRunning;
    }

    private static final class Lane<T extends Turn<T>> {

        private long key;
        private @Nullable T first;
        private @Nullable T last;
        private int records;
        private long bytes;
        private boolean isReady;

        void add(T turn) {
            T before = last;
            turn.lane = this;
            turn.next = null;
            last = turn;
            if (before == null) {
                first = turn;
            } else {
                before.next = turn;
            }
            records++;
            bytes += turn.sizeInBytes;
        }

        void take(T turn) {
            turn.lane = null;
            records--;
            bytes -= turn.sizeInBytes;
        }
    }

    private final Bounds bounds;
    private final LongObjectHashMap<Lane<T>> lanes = new LongObjectHashMap<>();
    private final ArrayDeque<Lane<T>> ready = new ArrayDeque<>();
    private final ArrayDeque<Lane<T>> unused = new ArrayDeque<>();
    private int running;
    private int records;
    private long bytes;

    KeyLanes(Bounds bounds) {
        this.bounds = bounds;
    }

    boolean isEmpty() {
        return records == 0;
    }

    /** Whether there is room for another record of some key. */
    boolean hasRoom() {
        return records < bounds.records() && bytes < bounds.bytes();
    }

    /** Whether there is room for another record of this key. */
    boolean admits(long key) {
        Lane<T> lane = lanes.get(key);
        return hasRoom()
                && (lane == null || lane.records < bounds.recordsOfAKey() && lane.bytes < bounds.bytesOfAKey());
    }

    /** Puts a record behind those of its key. */
    void add(long key, T turn, int sizeInBytes) {
        turn.sizeInBytes = sizeInBytes;
        Lane<T> lane = lanes.get(key);
        if (lane == null) {
            lane = open(key);
        }
        lane.add(turn);
        records++;
        bytes += sizeInBytes;
        if (lane.first == turn) {
            makeReady(lane);
        }
    }

    private Lane<T> open(long key) {
        Lane<T> known = unused.poll();
        Lane<T> lane = known == null ? new Lane<>() : known;
        lane.key = key;
        lanes.put(key, lane);
        return lane;
    }

    private void makeReady(Lane<T> lane) {
        lane.isReady = true;
        ready.add(lane);
    }

    /** The next one to be worked on, which runs from now on; null if there is none, or no place for one. */
    @Nullable
    T next() {
        Lane<T> lane = running < bounds.running() ? ready.poll() : null;
        if (lane == null) {
            return null;
        }
        lane.isReady = false;
        T turn = lane.first;
        if (turn != null) {
            turn.isRunning = true;
            running++;
        }
        return turn;
    }

    /** One that runs gives its place up, and stays the first of its lane. */
    void suspend(T turn) {
        if (turn.isRunning) {
            turn.isRunning = false;
            running--;
        }
    }

    /** One that was suspended wants a place again. */
    void resume(T turn) {
        Lane<T> lane = turn.lane;
        if (lane != null) {
            makeReady(lane);
        }
    }

    /** One that runs or is suspended is finished: its lane goes on. */
    void finish(T turn) {
        Lane<T> lane = turn.lane;
        suspend(turn);
        if (lane == null) {
            return; // it was removed
        }
        lane.first = turn.next;
        take(lane, turn);
        if (lane.first != null) {
            makeReady(lane);
        } else {
            close(lane);
        }
    }

    private void take(Lane<T> lane, T turn) {
        lane.take(turn);
        records--;
        bytes -= turn.sizeInBytes;
    }

    private void close(Lane<T> lane) {
        lane.last = null;
        lanes.remove(lane.key);
        unused.add(lane);
    }

    /** Removes those that match, wherever they stand, and gives them back. */
    List<T> remove(Predicate<? super T> matches) {
        List<T> removed = new ArrayList<>();
        for (Lane<T> lane : List.copyOf(lanes.values())) {
            int before = removed.size();
            T front = lane.first;
            sift(lane, matches, removed);
            if (removed.size() > before) {
                settle(lane, front);
            }
        }
        return removed;
    }

    private void sift(Lane<T> lane, Predicate<? super T> matches, List<T> removed) {
        T turn = lane.first;
        T kept = null;
        lane.first = null;
        while (turn != null) {
            T following = turn.next;
            if (matches.test(turn)) {
                suspend(turn);
                take(lane, turn);
                removed.add(turn);
            } else {
                turn.next = null;
                if (kept == null) {
                    lane.first = turn;
                } else {
                    kept.next = turn;
                }
                kept = turn;
            }
            turn = following;
        }
        lane.last = kept;
    }

    /** A lane whose first one has gone may go on. */
    private void settle(Lane<T> lane, @Nullable T frontBefore) {
        if (lane.first == null) {
            if (lane.isReady) {
                lane.isReady = false;
                ready.remove(lane);
            }
            close(lane);
        } else if (lane.first != frontBefore && !lane.isReady) {
            makeReady(lane);
        }
    }
}

package io.penstock.core.model;

import java.util.Arrays;

/**
 * A set of offsets as ranges that neither touch nor overlap, in order. Adding at the end or next to a range costs a
 * search among the ranges, anywhere else the move of those behind. Not thread-safe.
 */
public final class OffsetRanges {

    /** Sees ranges in order. */
    public interface Visitor {

        /**
         * @param from the first offset
         * @param to the one after the last
         */
        void range(long from, long to);
    }

    private static final int FEW = 8;

    private long[] from = new long[FEW];
    private long[] to = new long[FEW];
    private int count;

    /** A copy that changes by itself. */
    public OffsetRanges copy() {
        OffsetRanges copy = new OffsetRanges();
        copy.from = Arrays.copyOf(from, Math.max(FEW, count));
        copy.to = Arrays.copyOf(to, Math.max(FEW, count));
        copy.count = count;
        return copy;
    }

    /** How many ranges there are. */
    public int count() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** How many offsets there are. */
    public long size() {
        long size = 0;
        for (int i = 0; i < count; i++) {
            size += to[i] - from[i];
        }
        return size;
    }

    public boolean contains(long offset) {
        int last = lastFrom(offset);
        return last >= 0 && offset < to[last];
    }

    /** The offset itself or the first one after it that is not in the set. */
    public long nextAbsent(long offset) {
        int last = lastFrom(offset);
        return last >= 0 && offset < to[last] ? to[last] : offset;
    }

    /**
     * Adds the offsets from one up to, but not including, another.
     *
     * @return how many of them were not in the set
     * @throws IllegalArgumentException if the range is negative
     */
    public long add(long first, long end) {
        if (first < 0 || end < first) {
            throw new IllegalArgumentException("not a range of offsets: " + first + " to " + end);
        }
        if (first == end) {
            return 0;
        }
        int low = lastFrom(first);
        if (low < 0 || to[low] < first) {
            low++; // the first that the new one may touch
        }
        int high = low;
        long known = 0;
        long newFrom = first;
        long newTo = end;
        while (high < count && from[high] <= end) {
            known += Math.max(0, Math.min(end, to[high]) - Math.max(first, from[high]));
            newFrom = Math.min(newFrom, from[high]);
            newTo = Math.max(newTo, to[high]);
            high++;
        }
        replace(low, high, newFrom, newTo);
        return end - first - known;
    }

    /** Forgets everything before an offset. */
    public void removeBefore(long offset) {
        int last = lastFrom(offset);
        if (last < 0) {
            return;
        }
        if (offset < to[last]) {
            from[last] = offset;
            removeFirst(last);
        } else {
            removeFirst(last + 1);
        }
    }

    /** Those from one offset up to, but not including, another; a set of its own. */
    public OffsetRanges within(long first, long end) {
        OffsetRanges within = new OffsetRanges();
        forEach((rangeFrom, rangeTo) -> {
            if (rangeFrom < end && rangeTo > first) {
                within.add(Math.max(rangeFrom, first), Math.min(rangeTo, end));
            }
        });
        return within;
    }

    public void forEach(Visitor visitor) {
        for (int i = 0; i < count; i++) {
            visitor.range(from[i], to[i]);
        }
    }

    private void replace(int low, int high, long newFrom, long newTo) {
        int newCount = count - (high - low) + 1;
        if (newCount > from.length) {
            from = Arrays.copyOf(from, 2 * from.length);
            to = Arrays.copyOf(to, 2 * to.length);
        }
        System.arraycopy(from, high, from, low + 1, count - high);
        System.arraycopy(to, high, to, low + 1, count - high);
        from[low] = newFrom;
        to[low] = newTo;
        count = newCount;
    }

    private void removeFirst(int ranges) {
        count -= ranges;
        System.arraycopy(from, ranges, from, 0, count);
        System.arraycopy(to, ranges, to, 0, count);
    }

    /** The index of the last range that begins at an offset or before it, or -1. */
    private int lastFrom(long offset) {
        int index = Arrays.binarySearch(from, 0, count, offset);
        return index >= 0 ? index : -index - 2;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OffsetRanges that
                && Arrays.equals(from, 0, count, that.from, 0, that.count)
                && Arrays.equals(to, 0, count, that.to, 0, that.count);
    }

    @Override
    public int hashCode() {
        int hash = 0;
        for (int i = 0; i < count; i++) {
            hash = 31 * (31 * hash + Long.hashCode(from[i])) + Long.hashCode(to[i]);
        }
        return hash;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        forEach((first, end) -> text.append(text.length() > 1 ? ", " : "")
                .append(first)
                .append("..")
                .append(end - 1));
        return text.append('}').toString();
    }
}

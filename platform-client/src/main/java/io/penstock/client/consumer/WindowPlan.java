package io.penstock.client.consumer;

/**
 * What one of so many partitions may have sent ahead, so that the sum over the partitions does not exceed the total; and
 * a window holds two elements where it can, so that one travels while the other is decoded. One thing may exceed it: a
 * batch that is larger than an element comes whole for the credit of one, so that a window can be exceeded by the
 * broker's largest batches for the credit that was out; no more is given until so much has been given out again.
 *
 * @param elementBytes the largest slice to ask for
 * @param windowBytes how many bytes may be on the way or received, but not given to the subscriber; at least an
 *     element
 */
record WindowPlan(int elementBytes, int windowBytes) {

    private static final int SMALL_ELEMENT = 4 << 10;

    static WindowPlan of(FetchWindow window, int partitions) {
        long share = Math.max(1, window.totalBytes() / Math.max(1, partitions));
        int windowBytes = (int) Math.min(window.perPartitionBytes(), share);
        int half = Math.max(Math.min(SMALL_ELEMENT, windowBytes), windowBytes / 2);
        return new WindowPlan(Math.min(window.maxElementBytes(), half), windowBytes);
    }

    /** How many elements may be asked for at first. */
    int credit() {
        return windowBytes / elementBytes;
    }

    /** Whether one more element may be asked for, when so many bytes are held and so many elements on the way. */
    boolean hasRoom(long heldBytes, int outstanding, int streamElementBytes) {
        return heldBytes == 0 && outstanding == 0 || heldBytes + (outstanding + 1L) * streamElementBytes <= windowBytes;
    }
}

package io.penstock.client.producer;

/** What a failed record does to the stream of results that it belongs to. */
public enum OnError {
    /**
     * The results before it are emitted, then the stream ends with its error. No record behind it is taken from the publisher once
     * the failure is known, and what was taken and is not on its way to a broker when the stream ends is never sent.
     *
     * <p>In the partition of the failed record an idempotent producer puts none of the stream's records behind it, not even those
     * that were on their way: what a partition has of the stream is the beginning of what was meant for it. Whether the failed one
     * is there too, and with it those on its heels, is what {@link SendException#outcome()} leaves open if it is unknown. A
     * stream can so be sent again from the failed record on.
     *
     * <p>Other partitions may have records from behind the failed one that were on their way before. So may the same partition if
     * they share a batch with records of another sender, whose these are to lose as little as others' failures.
     */
    STOP,
    /** It is emitted as a result with an error in it, and the stream goes on, in its partition too. */
    CONTINUE
}

package io.penstock.client.group;

/** Takes acknowledgements of a partition's records. */
public interface Acknowledger {

    /** Takes them and does nothing: without a group there is nobody to tell. */
    Acknowledger NONE = (fromOffset, toOffset) -> {};

    /**
     * Says that the records at these offsets are finished. In any order, on any thread; what was not handed out, was
     * acknowledged before, or belongs to a partition that is no longer owned, is passed over.
     *
     * @param toOffset the offset after the last
     */
    void acknowledge(long fromOffset, long toOffset);
}

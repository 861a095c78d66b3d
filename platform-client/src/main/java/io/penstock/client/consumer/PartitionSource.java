package io.penstock.client.consumer;

import io.penstock.client.group.CommitWaiter;
import io.penstock.client.group.Deliveries;
import io.penstock.core.protocol.Metadata;

/** Says which partitions a subscription reads, and where they begin. Called in turn. */
interface PartitionSource {

    /** The subscriber has asked for something. */
    void begin();

    /** An image of the topics that are watched. */
    void onTopic(Metadata.TopicImage image);

    /** What a partition is handed out to from an offset on, when it goes on elsewhere than where it was. */
    Deliveries deliveriesFrom(PartitionFetch partition, long offset);

    /** A partition failed, and all that was received has been handed out; true if that ends nothing else. */
    boolean outlives(PartitionFetch failed);

    /** What the group has committed of a partition, or -1; any thread. */
    long committedOffset(PartitionFetch partition);

    /** Commits what is finished. */
    void commit(CommitWaiter waiter);

    /**
     * The subscription is over: nothing more is handed out.
     *
     * @param drain whether what was handed out is waited for
     */
    void end(boolean drain);
}

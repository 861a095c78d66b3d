package io.penstock.benchmarks.compare;

import io.penstock.cli.perf.OffsetOrder;

/**
 * Holds a topic against what was sent to it: every value as often as it was sent and no other, each partition's in the order
 * in which they were sent, offsets without gaps. With very many partitions the order of offsets is all that is looked at.
 */
final class LogCheck implements BrokerProcess.LogReader {

    private static final int PARTITIONS_IN_ORDER = 64;

    private final String topic;
    private final SentValues sent;
    private final int[] left;
    private final int[] places;
    private final OffsetOrder offsets = new OffsetOrder();
    private int records;

    LogCheck(String topic, int partitions, SentValues sent) {
        this.topic = topic;
        this.sent = sent;
        this.places = new int[partitions];
        this.left = new int[sent.different()];
        for (int i = 0; i < sent.count(); i++) {
            left[sent.at(i)]++;
        }
    }

    /**
     * Reads a topic from its beginning to its end, and looks at all of it.
     *
     * @throws ComparisonFailure if it has anything but what was sent
     */
    static void check(BrokerProcess broker, String topic, int partitions, SentValues sent) {
        LogCheck check = new LogCheck(topic, partitions, sent);
        broker.read(topic, check);
        check.complete();
    }

    @Override
    public void onRecord(int partition, long offset, byte[] value) {
        int index = sent.indexOf(value);
        if (index < 0) {
            throw failure(partition, offset, "has a value that was not sent");
        }
        if (--left[index] < 0) {
            throw failure(partition, offset, "has a value that was sent less often than it is there");
        }
        if (places.length <= PARTITIONS_IN_ORDER) {
            findFrom(partition, offset, index);
        }
        offsets.add(partition, offset);
        records++;
    }

    /** A partition's values are some of those that were sent, in the same order. */
    private void findFrom(int partition, long offset, int index) {
        int place = places[partition];
        while (place < sent.count() && sent.at(place) != index) {
            place++;
        }
        if (place == sent.count()) {
            throw failure(partition, offset, "has a value that was sent before the one at an earlier offset");
        }
        places[partition] = place + 1;
    }

    /** @throws ComparisonFailure if something is missing or came twice */
    void complete() {
        if (records != sent.count()) {
            throw new ComparisonFailure("topic " + topic + " has " + records + " records of " + sent.count());
        }
        if (offsets.missing() > 0 || offsets.repeated() > 0) {
            throw new ComparisonFailure(
                    "topic " + topic + " lacks " + offsets.missing() + " offsets and repeats " + offsets.repeated());
        }
    }

    private ComparisonFailure failure(int partition, long offset, String what) {
        return new ComparisonFailure("the record at offset " + offset + " of " + topic + "-" + partition + " " + what);
    }
}

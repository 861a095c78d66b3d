package io.penstock.cli;

import java.util.Comparator;
import java.util.SplittableRandom;

/**
 * A record that a test sends: its key and value follow from its place in what is sent, so that nobody must remember them.
 *
 * @param round how often the server was killed before
 * @param number its place in what the partition was sent in that round, from 0
 */
record PlannedRecord(String topic, int partition, int round, int number) implements Comparable<PlannedRecord> {

    private static final int KEYS = 40;
    private static final int MOST_FILLER = 600;
    private static final Comparator<PlannedRecord> ORDER =
            Comparator.comparingInt(PlannedRecord::round).thenComparingInt(PlannedRecord::number);

    String key() {
        return "key " + random().nextInt(KEYS);
    }

    String value() {
        return topic + "/" + partition + "/" + round + "/" + number + "/" + "x".repeat(random().nextInt(MOST_FILLER));
    }

    private SplittableRandom random() {
        return new SplittableRandom(
                ((long) topic.hashCode() << 32) ^ ((long) partition << 56) ^ ((long) round << 20) ^ number);
    }

    /** The one that says that it has this value. */
    static PlannedRecord of(String value) {
        String[] words = value.split("/", -1);
        return new PlannedRecord(
                words[0], Integer.parseInt(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3]));
    }

    /** In the order in which a partition is sent them. */
    @Override
    public int compareTo(PlannedRecord other) {
        return ORDER.compare(this, other);
    }
}

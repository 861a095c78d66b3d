package io.penstock.benchmarks.compare;

import io.penstock.cli.perf.Fingerprint;
import io.penstock.cli.perf.Payloads;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The values that every client sends for a load, in their order. */
final class SentValues {

    private final List<byte[]> values;
    private final int[] order;
    private final Map<ByteBuffer, Integer> indexes = new HashMap<>();

    /** @param count how many are sent */
    SentValues(Load load, long count) {
        Payloads payloads = load.payloads();
        values = payloads.values();
        order = new int[Math.toIntExact(count)];
        for (int i = 0; i < order.length; i++) {
            order[i] = payloads.nextIndex();
        }
        for (int i = 0; i < values.size(); i++) {
            if (indexes.put(ByteBuffer.wrap(values.get(i)), i) != null) {
                throw new IllegalArgumentException("two values of " + load.values() + " are the same");
            }
        }
    }

    int count() {
        return order.length;
    }

    /** Which of the values is sent at a place. */
    int at(int place) {
        return order[place];
    }

    /** Which of the values that is; -1 if it is none. */
    int indexOf(byte[] value) {
        return indexes.getOrDefault(ByteBuffer.wrap(value), -1);
    }

    /** How many different values there are. */
    int different() {
        return values.size();
    }

    /** Of the values that are sent, each as often as it is. */
    long fingerprint() {
        Fingerprint fingerprint = new Fingerprint();
        for (int index : order) {
            fingerprint.add(values.get(index));
        }
        return fingerprint.sum();
    }
}

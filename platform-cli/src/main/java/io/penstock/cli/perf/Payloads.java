package io.penstock.cli.perf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Values to send. They are made beforehand, and picked at random while it is measured, which costs next to nothing, the
 * more so as their number is a power of two. Both come from fixed seeds: two runs send the same values in the same order.
 * Picked as Kafka's {@code ProducerPerformance} picks those of a file, so that it sends these in this order too when it is
 * given them as lines. Not thread-safe.
 */
public final class Payloads {

    /** What they are made of. */
    public enum Kind {
        /** Random bytes, which no codec makes smaller. */
        incompressible,
        /** Random characters of 7 bits without line ends, which no codec makes much smaller. */
        text,
        /** JSON of orders, which compresses as JSON does; one line of ASCII. */
        realistic
    }

    /** As few as stay in a processor's cache, as a value does that a program has just made. */
    private static final int FEW_BYTES = 256 << 10;
    /** As many that a codec seldom finds one again in a batch. */
    private static final int MANY_BYTES = 8 << 20;

    private static final int LEAST = 16;
    private static final int MOST = 1 << 17;
    private static final long SEED = 20_261_120;
    private static final String[] CITIES = {"Zagreb", "Oslo", "Porto", "Kyoto", "Austin", "Nairobi", "Lima", "Bergen"};
    private static final String[] STATES = {"created", "paid", "packed", "shipped", "delivered", "returned"};

    private final List<byte[]> values;
    private final SplittableRandom choice = new SplittableRandom(0);

    private Payloads(Kind kind, int size, int bytes) {
        SplittableRandom random = new SplittableRandom(SEED);
        int count = Integer.highestOneBit(Math.min(MOST, Math.max(LEAST, bytes / Math.max(1, size))));
        List<byte[]> made = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            made.add(make(kind, random, size));
        }
        values = Collections.unmodifiableList(made);
    }

    /**
     * Values of a kind.
     *
     * @param size of each value in bytes, 0 or more
     * @param forCodec whether they are to be compressed
     */
    public static Payloads of(Kind kind, int size, boolean forCodec) {
        return new Payloads(kind, size, forCodec ? MANY_BYTES : FEW_BYTES);
    }

    /** All values there are; they are not to be changed. */
    public List<byte[]> values() {
        return values;
    }

    /** The next record's value; not to be changed. */
    public byte[] next() {
        return values.get(nextIndex());
    }

    /** The place of the next record's value among {@link #values()}. */
    public int nextIndex() {
        return choice.nextInt(values.size());
    }

    private static byte[] make(Kind kind, SplittableRandom random, int size) {
        return switch (kind) {
            case incompressible -> randomBytes(random, size);
            case text -> randomCharacters(random, size);
            case realistic -> orders(random, size);
        };
    }

    private static byte[] randomBytes(SplittableRandom random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] randomCharacters(SplittableRandom random, int size) {
        byte[] characters = randomBytes(random, size);
        for (int i = 0; i < size; i++) {
            characters[i] &= 0x7f;
            if (characters[i] == '\n') {
                characters[i] = ' ';
            }
        }
        return characters;
    }

    private static byte[] orders(SplittableRandom random, int size) {
        StringBuilder text = new StringBuilder();
        while (text.length() < size) {
            text.append("{\"order\":").append(random.nextInt(10_000_000));
            text.append(",\"city\":\"").append(CITIES[random.nextInt(CITIES.length)]);
            text.append("\",\"state\":\"").append(STATES[random.nextInt(STATES.length)]);
            text.append("\",\"cents\":").append(random.nextInt(50_000)).append("},");
        }
        return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), size);
    }
}

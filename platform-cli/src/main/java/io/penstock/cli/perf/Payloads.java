package io.penstock.cli.perf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Values to send: a few hundred are made beforehand and used in turn, so that making them costs nothing while it is
 * measured. They come from a fixed seed, so that two runs send the same.
 */
final class Payloads {

    /** What they are made of. */
    enum Kind {
        /** Random bytes, which no codec makes smaller. */
        incompressible,
        /** JSON of orders, which compresses as JSON does. */
        realistic
    }

    private static final int COUNT = 512;
    private static final long SEED = 20_261_120;
    private static final String[] CITIES = {"Zürich", "Oslo", "Porto", "Kyoto", "Austin", "Nairobi", "Lima", "Gdańsk"};
    private static final String[] STATES = {"created", "paid", "packed", "shipped", "delivered", "returned"};

    private final byte[][] values = new byte[COUNT][];

    /** @param size of each value in bytes, 0 or more */
    Payloads(Kind kind, int size) {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < COUNT; i++) {
            values[i] = kind == Kind.incompressible ? randomBytes(random, size) : orders(random, size);
        }
    }

    /** The value of the record with a number. */
    byte[] value(long number) {
        return values[(int) (number % COUNT)];
    }

    private static byte[] randomBytes(SplittableRandom random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] orders(SplittableRandom random, int size) {
        StringBuilder text = new StringBuilder();
        while (text.length() < size) {
            text.append("{\"order\":").append(random.nextInt(10_000_000));
            text.append(",\"city\":\"").append(CITIES[random.nextInt(CITIES.length)]);
            text.append("\",\"state\":\"").append(STATES[random.nextInt(STATES.length)]);
            text.append("\",\"cents\":").append(random.nextInt(50_000)).append("}\n");
        }
        return Arrays.copyOf(text.toString().getBytes(StandardCharsets.UTF_8), size);
    }
}

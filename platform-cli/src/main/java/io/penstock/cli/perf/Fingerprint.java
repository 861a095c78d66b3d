package io.penstock.cli.perf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A sum over values, of whatever order, by which two sets of them are compared. Made of each value's length, its first and
 * last eight bytes and as many at some places between, so that it can be taken along while it is measured. Not thread-safe.
 */
public final class Fingerprint {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int SAMPLES = 4;
    private static final long ODD = 0x9E37_79B9_7F4A_7C15L;

    private long sum;

    /** Adds a value. */
    public void add(byte[] value) {
        sum += of(value);
    }

    /** Adds what another one has. */
    public void add(Fingerprint other) {
        sum += other.sum;
    }

    /** The sum over the values that were added. */
    public long sum() {
        return sum;
    }

    private static long of(byte[] value) {
        long mixed = value.length;
        int last = value.length - Long.BYTES;
        if (last < 0) {
            for (byte each : value) {
                mixed = mix(mixed + each);
            }
            return mixed;
        }
        int step = Math.max(Long.BYTES, value.length / SAMPLES);
        for (int i = 0; i < last; i += step) {
            mixed = mix(mixed + (long) LONGS.get(value, i));
        }
        return mix(mixed + (long) LONGS.get(value, last));
    }

    private static long mix(long bits) {
        long product = bits * ODD;
        return product ^ product >>> 32;
    }
}

package io.penstock.cli.perf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Values that tell which record they are of, by its number in their first eight bytes. */
public final class NumberedValue {

    /** How long they are at least. */
    public static final int LEAST_BYTES = Long.BYTES;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private NumberedValue() {}

    /** A copy of a value with a number. */
    public static byte[] of(long number, byte[] value) {
        byte[] numbered = value.clone();
        LONGS.set(numbered, 0, number);
        return numbered;
    }

    /** The number of a value, or -1 if it is too short to have one. */
    public static long number(byte[] value) {
        return value.length < LEAST_BYTES ? -1 : (long) LONGS.get(value, 0);
    }
}

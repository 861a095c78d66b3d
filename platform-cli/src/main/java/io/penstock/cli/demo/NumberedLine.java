package io.penstock.cli.demo;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A record's value: ten digits of its number, a blank, and a line of text. */
final class NumberedLine {

    private static final int DIGITS = 10;
    private static final int PREFIX_BYTES = DIGITS + 1;

    private NumberedLine() {}

    /** The value of the record with a number. */
    static byte[] of(long number, byte[] line) {
        byte[] value = new byte[PREFIX_BYTES + line.length];
        long rest = number;
        for (int i = DIGITS - 1; i >= 0; i--) {
            value[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        value[DIGITS] = ' ';
        System.arraycopy(line, 0, value, PREFIX_BYTES, line.length);
        return value;
    }

    /** The number in a value; -1 if there is none. */
    static long numberOf(byte[] value) {
        if (value.length < PREFIX_BYTES) {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < DIGITS; i++) {
            int digit = value[i] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    /** Tells whether a value is that of a number and a line. */
    static boolean hasText(byte[] value, byte[] line) {
        return Arrays.equals(value, PREFIX_BYTES, value.length, line, 0, line.length);
    }

    /** The text, without the number. */
    static String textOf(byte[] value) {
        return new String(value, PREFIX_BYTES, value.length - PREFIX_BYTES, StandardCharsets.UTF_8);
    }
}

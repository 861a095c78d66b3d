package io.penstock.cli.produce;

import java.io.IOException;

/** A line is longer than what is taken. */
final class LongLineException extends IOException {

    private static final long serialVersionUID = 1;

    /** @param size the line's size in bytes, without its end; in words */
    LongLineException(String size, int maxBytes) {
        super("has " + size + " bytes, and " + maxBytes + " is the most");
    }
}

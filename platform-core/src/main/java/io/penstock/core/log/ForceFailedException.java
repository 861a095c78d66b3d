package io.penstock.core.log;

import java.io.IOException;

/** A force failed: nobody knows what the disk has, and asking again would be answered wrongly. The log is given up. */
final class ForceFailedException extends IOException {

    private static final long serialVersionUID = 1L;

    ForceFailedException(String what, IOException cause) {
        super("forcing " + what + " failed: " + cause.getMessage(), cause);
    }
}

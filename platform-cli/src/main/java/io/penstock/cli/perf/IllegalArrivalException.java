package io.penstock.cli.perf;

/** A record came that was not to come, or not now. */
public final class IllegalArrivalException extends RuntimeException {

    IllegalArrivalException(String message) {
        super(message);
    }
}

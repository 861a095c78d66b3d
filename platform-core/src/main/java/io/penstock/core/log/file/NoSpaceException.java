package io.penstock.core.log.file;

import java.io.IOException;

/** The device or the quota is full: the write can succeed when space has been made, and nothing is damaged. */
public final class NoSpaceException extends IOException {

    private static final long serialVersionUID = 1L;

    public NoSpaceException(String message, Throwable cause) {
        super(message, cause);
    }

    public NoSpaceException(String message) {
        super(message);
    }
}

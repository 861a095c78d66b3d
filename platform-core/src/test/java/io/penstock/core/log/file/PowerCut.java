package io.penstock.core.log.file;

/**
 * The simulated power is off, or the process that held a file is gone. An error and no exception, since a process that has
 * lost its power handles nothing either: code under test must not get to run its handlers of failed writes.
 */
public final class PowerCut extends Error {

    private static final long serialVersionUID = 1L;

    PowerCut(String message) {
        super(message, null, false, false);
    }
}

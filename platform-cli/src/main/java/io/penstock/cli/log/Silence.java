package io.penstock.cli.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Keeps the broker's code, while it only rehearses, from telling of changes that nobody makes. */
final class Silence {

    private static final String CODE = "io.penstock.core.log";

    private final @Nullable Logger logger =
            LoggerFactory.getLogger(CODE) instanceof Logger configurable ? configurable : null;
    private final @Nullable Level before = logger == null ? null : logger.getLevel();

    void begin() {
        if (logger != null) {
            logger.setLevel(Level.OFF);
        }
    }

    void end() {
        if (logger != null) {
            logger.setLevel(before);
        }
    }
}

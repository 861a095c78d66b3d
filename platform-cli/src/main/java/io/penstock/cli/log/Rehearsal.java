package io.penstock.cli.log;

import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.RehearsalDirectory;
import java.io.IOException;

/** Runs the broker's own code on a directory without changing it, and without its log lines. */
final class Rehearsal {

    /** What is rehearsed. */
    interface Play<T> {
        T on(LogDirectory directory) throws IOException;
    }

    private Rehearsal() {}

    static <T> T of(LogDirectory dataDirectory, Play<T> play) throws IOException {
        Silence silence = new Silence();
        silence.begin();
        try (Scratch scratch = new Scratch()) {
            return play.on(RehearsalDirectory.of(dataDirectory, scratch.directory()));
        } finally {
            silence.end();
        }
    }
}

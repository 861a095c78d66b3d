package io.penstock.cli.log;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.core.log.producer.ProducerSnapshot;
import java.nio.file.Path;

/** Names of a segment's files: 20 digits of its base offset, and what the file is. */
final class SegmentNames {

    static final String LOG = ".log";
    static final String OFFSET_INDEX = ".index";
    static final String TIME_INDEX = ".timeindex";
    static final String SNAPSHOT = ProducerSnapshot.SUFFIX;

    private static final int DIGITS = 20;

    private SegmentNames() {}

    static boolean isSegmentFile(Path file) {
        return file.getFileName().toString().matches("\\d{20}\\.(log|index|timeindex|snapshot)");
    }

    /**
     * The base offset in a file's name.
     *
     * @throws CommandFailure if the name has none
     */
    static long baseOffset(Path file) {
        try {
            return Long.parseLong(file.getFileName().toString().substring(0, DIGITS));
        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
            throw new CommandFailure(file + " is not named as a segment's file: 20 digits, then " + LOG + ", "
                    + OFFSET_INDEX + ", " + TIME_INDEX + " or " + SNAPSHOT);
        }
    }

    /** The segment's log beside one of its indexes. */
    static Path logBeside(Path index) {
        return index.resolveSibling(index.getFileName().toString().substring(0, DIGITS) + LOG);
    }
}

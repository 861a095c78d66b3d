package io.penstock.core.log;

/**
 * Something in a partition's directory that is not as it should be.
 *
 * @param part what it is part of
 * @param file the name of the file
 * @param position where in it, in bytes
 * @param what what is wrong
 * @param fromOffset the first offset that can't be read because of it; equal to {@code toOffset} if none is known to be lost
 * @param toOffset the first offset behind it that can be read, or could be given next
 * @param bytes how many bytes of the log can't be read because of it
 */
public record LogDefect(
        Part part, String file, long position, String what, long fromOffset, long toOffset, long bytes) {

    /** What can be damaged. */
    public enum Part {
        /** Record batches that were known, or must have been, on the device. */
        BATCHES,
        /** The end of the log, where a crash may have torn an append. */
        TAIL,
        /** What is built again from the batches. */
        INDEX,
        /** What is known of idempotent producers. */
        PRODUCERS,
        /** Which leader wrote which offsets. */
        LEADER_EPOCHS,
        /** Whose partition it is. */
        TOPIC_ID
    }

    static LogDefect of(Part part, String file, long position, String what) {
        return new LogDefect(part, file, position, what, 0, 0, 0);
    }

    /** Whether records are lost by it. */
    public boolean isLoss() {
        return bytes > 0 || toOffset > fromOffset;
    }
}

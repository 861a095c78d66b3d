package io.penstock.core.log;

import io.penstock.core.log.segment.BatchRun;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of a segment that is not valid, between valid batches or at the end.
 *
 * @param position where in the log file it begins
 * @param bytes how many bytes of the file it has; 0 if they are missing
 * @param fromOffset the first offset that may be lost
 * @param toOffset where the log goes on
 * @param what what is wrong
 */
record Damage(int position, int bytes, long fromOffset, long toOffset, String what) {

    private static final String MORE = "no valid batch begins here";

    /** The offsets, in words. */
    String offsets() {
        return toOffset > fromOffset
                ? "offsets " + fromOffset + " to " + (toOffset - 1)
                : "no offset that is known, from " + fromOffset + " on,";
    }

    /**
     * What lies between the survivors of damage.
     *
     * @param first where it begins, and reaches to the segment's end if nothing survived
     * @param survivors what is valid behind its beginning
     */
    static List<Damage> between(Damage first, List<BatchRun> survivors) {
        List<Damage> all = new ArrayList<>();
        Damage rest = first;
        for (BatchRun run : survivors) {
            all.add(new Damage(
                    rest.position, run.position() - rest.position, rest.fromOffset, run.baseOffset(), rest.what));
            rest = new Damage(
                    run.end(),
                    first.position + first.bytes - run.end(),
                    run.nextOffset(),
                    Math.max(first.toOffset, run.nextOffset()),
                    MORE);
        }
        if (rest == first || rest.bytes > 0 || rest.fromOffset < rest.toOffset) {
            all.add(rest);
        }
        return all;
    }
}

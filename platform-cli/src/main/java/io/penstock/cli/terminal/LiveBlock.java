package io.penstock.cli.terminal;

import java.io.PrintStream;
import java.util.List;

/**
 * Lines that are drawn over by the next ones. Not thread-safe.
 *
 * <p>It goes up by as many lines as it drew and clears each before it writes it: no alternate screen, so that the last
 * picture stays in the terminal's history. Lines are cut at the width, because a wrapped line would count twice.
 */
public final class LiveBlock {

    private static final String UP = "\u001b[%dA";
    private static final String CLEAR_LINE = "\r\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";

    private final PrintStream out;
    private final int columns;
    private int drawn;

    public LiveBlock(PrintStream out, int columns) {
        this.out = out;
        this.columns = columns;
    }

    /** Draws the lines where the last ones were. */
    public void draw(List<String> lines) {
        StringBuilder text = new StringBuilder();
        if (drawn > 0) {
            text.append(String.format(UP, drawn));
        }
        for (String line : lines) {
            text.append(CLEAR_LINE).append(cut(line)).append('\n');
        }
        text.append(CLEAR_BELOW);
        out.print(text);
        out.flush();
        drawn = lines.size();
    }

    /** Leaves the last picture where it is; the next one begins below. */
    public void keep() {
        drawn = 0;
    }

    private String cut(String line) {
        return line.codePointCount(0, line.length()) <= columns
                ? line
                : line.substring(0, line.offsetByCodePoints(0, columns));
    }
}

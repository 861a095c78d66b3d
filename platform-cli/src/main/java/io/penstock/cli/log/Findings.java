package io.penstock.cli.log;

import java.io.PrintStream;
import java.nio.file.Path;

/** Where a dump writes what it sees, and counts what is wrong. Not thread-safe. */
final class Findings {

    private final PrintStream out;
    private int damages;

    Findings(PrintStream out) {
        this.out = out;
    }

    void line(String format, Object... arguments) {
        out.println(String.format(java.util.Locale.ROOT, format, arguments));
    }

    /** Reports what can't be right, and where. */
    void damage(Path file, long position, String what) {
        damages++;
        line("  DAMAGED %s at byte %d: %s", file.getFileName(), position, what);
    }

    int damages() {
        return damages;
    }
}

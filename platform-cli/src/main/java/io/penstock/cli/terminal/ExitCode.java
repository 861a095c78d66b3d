package io.penstock.cli.terminal;

/** How a command ended, as a shell sees it. */
public final class ExitCode {

    /** It did what it was asked for. */
    public static final int OK = 0;

    /** It did not, and said why in one line on standard error. */
    public static final int FAILURE = 1;

    /** The command line can't be understood; nothing was done. */
    public static final int USAGE = 2;

    /** The user stopped it (Ctrl-C or SIGTERM) before it had done all that it was asked for. */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}

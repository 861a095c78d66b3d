package io.penstock.cli.terminal;

import org.jspecify.annotations.Nullable;

/** Ends a command with one line that says what is wrong and what to do about it. */
public final class CommandFailure extends RuntimeException {

    private final int exitCode;

    public CommandFailure(String message) {
        this(ExitCode.FAILURE, message, null);
    }

    public CommandFailure(String message, Throwable cause) {
        this(ExitCode.FAILURE, message, cause);
    }

    private CommandFailure(int exitCode, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** The command line contradicts itself, or names what can't be. */
    public static CommandFailure usage(String message) {
        return new CommandFailure(ExitCode.USAGE, message, null);
    }

    /** The user stopped the command, and it did not come to an orderly end in time. */
    public static CommandFailure stopped(String message) {
        return new CommandFailure(ExitCode.INTERRUPTED, message, null);
    }

    /** The same failure with more to say. */
    public CommandFailure and(String more) {
        return new CommandFailure(exitCode, getMessage() + more, this);
    }

    public int exitCode() {
        return exitCode;
    }
}

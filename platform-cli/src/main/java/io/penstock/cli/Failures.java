package io.penstock.cli;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Terminal;
import io.penstock.cli.terminal.Words;
import io.penstock.core.error.PenstockException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.UnresolvedAddressException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Makes of every failure one line on standard error and an exit code. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {

    private final Terminal terminal;

    Failures(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        if (failure instanceof ParameterException wrong) {
            return handleParseException(wrong, parsed.originalArgs().toArray(new String[0]));
        }
        terminal.err().println("penstock: " + line(failure));
        if (terminal.environment("PENSTOCK_DEBUG").isPresent()) {
            failure.printStackTrace(terminal.err());
        }
        return exitCode(failure);
    }

    @Override
    public int handleParseException(ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        // picocli says it twice of an option that lacks its value
        terminal.err().println("penstock: " + String.valueOf(wrong.getMessage()).replace("option option", "option"));
        UnmatchedArgumentException.printSuggestions(wrong, terminal.err());
        terminal.err().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }

    int exitCode(Throwable failure) {
        return failure instanceof CommandFailure known ? known.exitCode() : ExitCode.FAILURE;
    }

    /** The message, in which a cause may be told by the name of its class. */
    private static String inWords(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            message = message.replace(cause.toString(), Words.of(cause));
        }
        return message;
    }

    private static String line(Throwable failure) {
        String message = failure.getMessage();
        if (failure instanceof CommandFailure) {
            return String.valueOf(message);
        }
        if (failure instanceof PenstockException refused) {
            return inWords(refused) + " (" + refused.code() + ")";
        }
        Throwable cause = failure instanceof UncheckedIOException ? failure.getCause() : failure;
        if (cause instanceof IOException || cause instanceof UnresolvedAddressException) {
            return (cause == failure ? "" : message + ": ") + Words.of(cause);
        }
        return "failed in a way that it did not foresee: " + failure + "; PENSTOCK_DEBUG=1 shows where";
    }
}

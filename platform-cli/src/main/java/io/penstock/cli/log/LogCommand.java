package io.penstock.cli.log;

import io.penstock.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code log}: what can be done with logs without a broker. */
@Command(name = "log", description = "Look into the files of a stopped broker, and put them in order.")
public final class LogCommand {

    private LogCommand() {}

    /** The command with its subcommands. */
    public static CommandLine create(Terminal terminal) {
        return new CommandLine(new LogCommand())
                .addSubcommand(new LogDumpCommand(terminal))
                .addSubcommand(new LogVerifyCommand(terminal))
                .addSubcommand(new LogRepairCommand(terminal));
    }
}

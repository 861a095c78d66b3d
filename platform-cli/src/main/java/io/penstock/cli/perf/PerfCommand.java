package io.penstock.cli.perf;

import io.penstock.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code perf}: measures a server from outside. */
@Command(name = "perf", description = "Measure how much a server takes and gives.", synopsisSubcommandLabel = "COMMAND")
public final class PerfCommand {

    private PerfCommand() {}

    /** The command with its subcommands. */
    public static CommandLine create(Terminal terminal) {
        return new CommandLine(new PerfCommand())
                .addSubcommand(new PerfProduceCommand(terminal))
                .addSubcommand(new PerfConsumeCommand(terminal))
                .addSubcommand(new PerfLatencyCommand(terminal));
    }
}

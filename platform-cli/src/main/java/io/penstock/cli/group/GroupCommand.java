package io.penstock.cli.group;

import io.penstock.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code group}: the operations on groups. */
@Command(
        name = "group",
        description = "List, describe and delete groups, and move them to other offsets.",
        synopsisSubcommandLabel = "COMMAND")
public final class GroupCommand {

    private GroupCommand() {}

    /** The command with its subcommands. */
    public static CommandLine create(Terminal terminal) {
        return new CommandLine(new GroupCommand())
                .addSubcommand(new ListGroupsCommand(terminal))
                .addSubcommand(new DescribeGroupCommand(terminal))
                .addSubcommand(new ResetOffsetsCommand(terminal))
                .addSubcommand(new DeleteGroupCommand(terminal));
    }
}

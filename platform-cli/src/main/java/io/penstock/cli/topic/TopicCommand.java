package io.penstock.cli.topic;

import io.penstock.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code topic}: the operations on topics. */
@Command(
        name = "topic",
        description = "Create, list, describe, alter and delete topics.",
        synopsisSubcommandLabel = "COMMAND")
public final class TopicCommand {

    private TopicCommand() {}

    /** The command with its subcommands. */
    public static CommandLine create(Terminal terminal) {
        return new CommandLine(new TopicCommand())
                .addSubcommand(new CreateTopicCommand(terminal))
                .addSubcommand(new ListTopicsCommand(terminal))
                .addSubcommand(new DescribeTopicCommand(terminal))
                .addSubcommand(new AlterTopicCommand(terminal))
                .addSubcommand(new DeleteRecordsCommand(terminal))
                .addSubcommand(new DeleteTopicCommand(terminal));
    }
}

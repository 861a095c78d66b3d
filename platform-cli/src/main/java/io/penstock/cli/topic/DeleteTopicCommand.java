package io.penstock.cli.topic;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code topic delete}. */
@Command(name = "delete", description = "Delete a topic with all its records.")
final class DeleteTopicCommand implements Runnable {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Parameters(paramLabel = "TOPIC", description = "The topic.")
    private String topic = "";

    DeleteTopicCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        server.use(terminal, client -> client.admin().deleteTopic(topic).block());
        terminal.out().println("deleted topic " + topic);
    }
}

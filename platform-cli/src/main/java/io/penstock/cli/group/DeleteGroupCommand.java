package io.penstock.cli.group;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code group delete}. */
@Command(name = "delete", description = "Delete a group without members, with its offsets.")
final class DeleteGroupCommand implements Runnable {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Parameters(paramLabel = "GROUP", description = "The group.")
    private String group = "";

    DeleteGroupCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        server.use(terminal, client -> client.admin().deleteGroup(group).block());
        terminal.out().println("deleted group " + group);
    }
}

package io.penstock.cli.group;

import io.penstock.cli.connection.ServerOption;
import io.penstock.cli.terminal.OutputForm;
import io.penstock.cli.terminal.Table;
import io.penstock.cli.terminal.Terminal;
import io.penstock.core.protocol.Groups;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code group list}. */
@Command(name = "list", description = "List the groups.")
final class ListGroupsCommand implements Runnable {

    private final Terminal terminal;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private OutputForm output = new OutputForm();

    ListGroupsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        List<Groups.Listing> groups = server.use(
                terminal,
                client -> Objects.requireNonNull(client.admin().listGroups().block()));
        output.write(terminal, groups, () -> lines(groups));
    }

    private static List<String> lines(List<Groups.Listing> groups) {
        if (groups.isEmpty()) {
            return List.of("no groups yet: a consumer that joins one makes it");
        }
        Table table = new Table("GROUP", "STATE", ">MEMBERS", "TYPE");
        groups.forEach(group -> table.row(group.group(), group.state(), group.members(), group.type()));
        return table.lines();
    }
}

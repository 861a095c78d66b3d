package io.penstock.cli;

import io.penstock.cli.terminal.Terminal;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code completion}: prints a script that makes a shell complete the commands. */
@Command(
        name = "completion",
        description = "Print a completion script for a shell.",
        footer = {"", "Now, for this shell:  source <(penstock completion bash)"})
final class CompletionCommand implements Runnable {

    /** The shells that there is a script for; zsh runs the same one by its bashcompinit. */
    enum Shell {
        bash,
        zsh
    }

    private final Terminal terminal;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "SHELL", description = "One of: ${COMPLETION-CANDIDATES}.")
    private Shell shell = Shell.bash;

    CompletionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        if (shell == Shell.zsh) {
            terminal.out().println("autoload -U +X compinit && compinit");
            terminal.out().println("autoload -U +X bashcompinit && bashcompinit");
        }
        terminal.out().print(AutoComplete.bash("penstock", spec.root().commandLine()));
        // The generated script completes a command on the PATH; a clone has the script in its root.
        terminal.out().println("complete -F _complete_penstock -o default ./penstock");
    }
}

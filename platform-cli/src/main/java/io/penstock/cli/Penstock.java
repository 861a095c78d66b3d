package io.penstock.cli;

import io.penstock.cli.consume.ConsumeCommand;
import io.penstock.cli.demo.DemoCommand;
import io.penstock.cli.group.GroupCommand;
import io.penstock.cli.log.LogCommand;
import io.penstock.cli.perf.PerfCommand;
import io.penstock.cli.produce.ProduceCommand;
import io.penstock.cli.server.ServerCommand;
import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Terminal;
import io.penstock.cli.topic.TopicCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code penstock} command: its subcommands, and what they have in common. */
@Command(
        name = "penstock",
        versionProvider = Version.class,
        description = "Streams of records with demand from end to end.",
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "  0:it did what it was asked for",
            "  1:it did not, and said why on standard error",
            "  2:the command line can't be understood; nothing was done",
            "130:it was stopped (Ctrl-C, SIGTERM) before it had done all that it was asked for"
        },
        footerHeading = "%nStart with:%n",
        footer = {
            "  penstock demo                          a broker, a producer and three consumers, live",
            "  penstock server                        a broker at 127.0.0.1:7650",
            "  echo hello | penstock produce greetings",
            "  penstock consume greetings",
            "",
            "Commands find the server by --server HOST:PORT, else PENSTOCK_SERVER, else 127.0.0.1:7650.",
            "PENSTOCK_DEBUG=1 shows the stack trace of a failure."
        })
public final class Penstock implements Runnable {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Penstock() {}

    /** Runs the process's command line and ends the process. */
    public static void main(String[] arguments) {
        Terminal terminal = Terminal.ofProcess();
        Signals signals = Signals.install(terminal.stop());
        int exitCode = ExitCode.FAILURE;
        try {
            exitCode = run(terminal, arguments);
        } catch (Throwable e) {
            // Nothing may end the process without a word; what comes here is no failure of a command but of the JVM.
            e.printStackTrace(terminal.err());
        } finally {
            signals.exit(exitCode);
        }
    }

    /** Runs a command line; returns the exit code. */
    static int run(Terminal terminal, String... arguments) {
        CommandLine penstock = commandLine(terminal);
        int exitCode = penstock.execute(arguments);
        try {
            terminal.finish();
        } catch (CommandFailure unwritten) {
            // a command that has failed has said why
            return exitCode == ExitCode.OK
                    ? new Failures(terminal).handleExecutionException(unwritten, penstock, penstock.getParseResult())
                    : exitCode;
        }
        return exitCode;
    }

    static CommandLine commandLine(Terminal terminal) {
        Failures failures = new Failures(terminal);
        CommandLine penstock = new CommandLine(new Penstock())
                .addSubcommand(new ServerCommand(terminal))
                .addSubcommand(TopicCommand.create(terminal))
                .addSubcommand(GroupCommand.create(terminal))
                .addSubcommand(new ProduceCommand(terminal))
                .addSubcommand(new ConsumeCommand(terminal))
                .addSubcommand(LogCommand.create(terminal))
                .addSubcommand(PerfCommand.create(terminal))
                .addSubcommand(new DemoCommand(terminal))
                .addSubcommand(new CompletionCommand(terminal));
        penstock.getCommandSpec()
                .addOption(OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Show the version and exit.")
                        .build());
        withHelp(penstock);
        return penstock.setOut(new java.io.PrintWriter(terminal.out(), true))
                .setErr(new java.io.PrintWriter(terminal.err(), true))
                .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.isOutInteractive() ? Ansi.ON : Ansi.OFF))
                .setUsageHelpAutoWidth(false)
                .setUsageHelpWidth(Math.max(80, Math.min(terminal.columns(), 120)))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setExitCodeExceptionMapper(failures::exitCode)
                .setExecutionExceptionHandler(failures)
                .setParameterExceptionHandler(failures);
    }

    /** Gives every command {@code --help}, without a word in each class. */
    private static void withHelp(CommandLine command) {
        command.getCommandSpec()
                .addOption(OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Show this and exit.")
                        .build());
        command.getCommandSpec().usageMessage().sortOptions(false);
        command.getSubcommands().values().forEach(Penstock::withHelp);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a command");
    }
}

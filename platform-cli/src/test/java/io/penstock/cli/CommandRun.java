package io.penstock.cli;

import io.penstock.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** One command line, run in this process with streams of its own. */
final class CommandRun {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Terminal terminal;
    private int exitCode = -1;

    private CommandRun(InputStream in, Map<String, String> environment) {
        terminal = Terminal.of(in, out, err, environment);
    }

    /** Runs it to its end with nothing on standard input. */
    static CommandRun of(String... arguments) {
        return withInput("", Map.of(), arguments);
    }

    static CommandRun withInput(String input, Map<String, String> environment, String... arguments) {
        CommandRun run = new CommandRun(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), environment);
        run.exitCode = Penstock.run(run.terminal, arguments);
        return run;
    }

    int exitCode() {
        return exitCode;
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}

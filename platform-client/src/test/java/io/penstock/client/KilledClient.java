package io.penstock.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A client in a process of its own, which tells by its output what it does, and is killed in the midst of it. */
final class KilledClient {

    private KilledClient() {}

    /**
     * Runs a client until a line of it is the last that is waited for, kills it as by kill -9, and hears what it had said by
     * then.
     *
     * @param main the class to run
     * @param isLast is given every line, also those that come after the last one
     */
    static void run(Class<?> main, List<String> arguments, Predicate<String> isLast) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(arguments);
        Process process = start(command);
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            boolean killed = false;
            for (String line = wholeLine(lines); line != null; line = wholeLine(lines)) {
                if (isLast.test(line) && !killed) {
                    killed = true;
                    process.toHandle().destroyForcibly(); // and not the process, whose output would be closed with it
                }
            }
            assertThat(killed).as("killed by the test").isTrue();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static Process start(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The last line of one that was killed may have no end, and is none. */
    private static @Nullable String wholeLine(BufferedReader lines) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = lines.read(); next >= 0; next = lines.read()) {
            if (next == '\n') {
                return line.toString();
            }
            line.append((char) next);
        }
        return null;
    }
}

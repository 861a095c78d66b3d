package io.penstock.benchmarks.compare;

import io.penstock.cli.perf.Payloads;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Files with the values of {@link Payloads}, one a line, for Kafka's tool; each is written when it is first asked for. */
final class PayloadFiles {

    private final Path directory;
    private final Map<Load.Values, Path> written = new HashMap<>();

    PayloadFiles(Path directory) {
        this.directory = directory;
    }

    Path of(Load.Values values) {
        return written.computeIfAbsent(values, this::write);
    }

    private Path write(Load.Values values) {
        Path file = directory.resolve("payloads-" + values.kind() + "-" + values.bytes());
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (byte[] value : new Payloads(values.kind(), values.bytes()).values()) {
                out.write(value);
                out.write('\n');
            }
            return file;
        } catch (IOException e) {
            throw new ComparisonFailure("can't write " + file, e);
        }
    }
}

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
    private final Map<String, Path> written = new HashMap<>();

    PayloadFiles(Path directory) {
        this.directory = directory;
    }

    Path of(Load load) {
        Load.Values values = load.values();
        String name = "payloads-" + values.kind() + "-" + values.bytes()
                + (load.sending().isCompressed() ? "-for-codec" : "");
        return written.computeIfAbsent(name, missing -> write(missing, load.payloads()));
    }

    private Path write(String name, Payloads payloads) {
        Path file = directory.resolve(name);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (byte[] value : payloads.values()) {
                out.write(value);
                out.write('\n');
            }
            return file;
        } catch (IOException e) {
            throw new ComparisonFailure("can't write " + file, e);
        }
    }
}

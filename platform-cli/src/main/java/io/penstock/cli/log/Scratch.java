package io.penstock.cli.log;

import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory among the system's temporary ones, for what a rehearsal writes; removed at the end. */
final class Scratch implements AutoCloseable {

    private final LogDirectory parent;
    private final String name;

    Scratch() throws IOException {
        Path path = Files.createTempDirectory("penstock-rehearsal-");
        parent = DiskDirectory.open(path.getParent());
        name = path.getFileName().toString();
    }

    LogDirectory directory() throws IOException {
        return parent.child(name);
    }

    @Override
    public void close() throws IOException {
        parent.deleteChild(name);
    }
}

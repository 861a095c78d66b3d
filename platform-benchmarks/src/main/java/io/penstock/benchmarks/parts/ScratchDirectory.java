package io.penstock.benchmarks.parts;

import io.penstock.core.log.file.DiskDirectory;
import io.penstock.core.log.file.LogDirectory;
import io.penstock.core.log.file.OpenFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A directory for files as a broker has them, which are gone afterwards. */
@State(Scope.Thread)
public class ScratchDirectory {

    private static final int OPEN_FILES = 64;

    private Path path = Path.of("");

    @Setup
    public void create() throws IOException {
        path = Files.createTempDirectory("penstock-part-");
    }

    LogDirectory open() throws IOException {
        return new OpenFiles(OPEN_FILES).around(DiskDirectory.open(path));
    }

    @TearDown
    public void delete() throws IOException {
        DiskDirectory.open(path.resolveSibling(""))
                .deleteChild(path.getFileName().toString());
    }
}

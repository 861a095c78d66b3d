package io.penstock.cli.log;

import io.penstock.core.log.SideFile;
import io.penstock.core.log.file.DiskDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Prints one of the small text files, and says whether it is what it should be. */
final class SideFileDump {

    private static final String META = "meta.properties";

    private final Findings findings;

    SideFileDump(Findings findings) {
        this.findings = findings;
    }

    static boolean canDump(Path file) {
        String name = file.getFileName().toString();
        return name.equals(META) || SideFile.isKnown(name);
    }

    void dump(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        String name = absolute.getFileName().toString();
        findings.line("%s  %,d bytes", file, Files.size(file));
        new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                .lines()
                .forEach(line -> findings.line("  %s", line));
        if (!name.equals(META)) {
            String defect = SideFile.defect(DiskDirectory.open(absolute.getParent()), name);
            if (!defect.isEmpty()) {
                findings.damage(file, 0, defect);
            }
        }
    }
}

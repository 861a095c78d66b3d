package io.penstock.cli.log;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Terminal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code log dump}: prints the files of a partition. */
@Command(
        name = "dump",
        description = "Print what the files of a partition hold, without a broker.",
        footer = {
            "",
            "Examples:",
            "  penstock log dump data/orders-0",
            "  penstock log dump data/recovery-points",
            "  penstock log dump --verify data/orders-0/00000000000000000000.log",
            "",
            "The exit code is 1 if anything is damaged."
        })
final class LogDumpCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(
            paramLabel = "PATH",
            description = "A file of any kind, a partition's directory, or a data directory for its own files.")
    private Path path = Path.of("");

    @Option(names = "--verify", description = "Check every checksum, record and index entry.")
    private boolean verify;

    @Option(names = "--records", description = "Print the records too.")
    private boolean records;

    LogDumpCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        PrintStream out = new PrintStream(terminal.bytes(), false, StandardCharsets.UTF_8);
        Findings findings = new Findings(out);
        try {
            for (Path file : files()) {
                dump(file, findings);
            }
        } catch (IOException e) {
            throw new CommandFailure("can't read " + path + ": " + e.getMessage(), e);
        } finally {
            out.flush();
        }
        if (findings.damages() == 0) {
            return ExitCode.OK;
        }
        terminal.err()
                .println("penstock: " + path + " is damaged in " + findings.damages()
                        + (findings.damages() == 1 ? " place" : " places"));
        return ExitCode.FAILURE;
    }

    private void dump(Path file, Findings findings) throws IOException {
        String name = file.getFileName().toString();
        if (name.endsWith(SegmentNames.LOG)) {
            new LogFileDump(findings, verify, records).dump(file);
        } else if (name.endsWith(SegmentNames.OFFSET_INDEX)) {
            new IndexFileDump(findings, verify).dumpOffsets(file);
        } else if (name.endsWith(SegmentNames.SNAPSHOT)) {
            new SnapshotFileDump(findings).dump(file);
        } else if (SideFileDump.canDump(file)) {
            new SideFileDump(findings).dump(file);
        } else {
            new IndexFileDump(findings, verify).dumpTimes(file);
        }
    }

    private List<Path> files() throws IOException {
        if (!Files.exists(path)) {
            throw new CommandFailure("there is no " + path);
        }
        if (!Files.isDirectory(path)) {
            if (!SideFileDump.canDump(path)) {
                SegmentNames.baseOffset(path);
            }
            return List.of(path);
        }
        try (Stream<Path> entries = Files.list(path)) {
            List<Path> files = entries.filter(file -> SegmentNames.isSegmentFile(file) || SideFileDump.canDump(file))
                    .sorted()
                    .collect(Collectors.toList());
            if (files.isEmpty()) {
                throw new CommandFailure(path
                        + " has no files of a broker: name a data directory, or a partition's, like data/orders-0");
            }
            return files;
        }
    }
}

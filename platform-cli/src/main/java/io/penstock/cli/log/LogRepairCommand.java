package io.penstock.cli.log;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Terminal;
import io.penstock.core.log.LogDefect;
import io.penstock.core.log.RecoveryPoint;
import io.penstock.core.log.RecoveryPointFile;
import io.penstock.core.model.TopicPartition;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code log repair}: puts in order what {@code log verify} finds, by the means of the broker's own start. */
@Command(
        name = "repair",
        description = "Put a stopped broker's damaged logs in order; without --change-files only tell how.",
        footer = {
            "",
            "Indexes and leader epochs are built again from the batches. Damage is moved to .quarantine in the partition's",
            "directory, and the log goes on behind it; a torn end too is copied there before it is cut. Indexes are judged as",
            "by 'log verify'. Copy the directory first if you can.",
            "The exit code is 0 if everything is in order now, 1 if something can't be repaired, 2 without --change-files.",
            "",
            "Examples:",
            "  penstock log repair data/orders-0",
            "  penstock log repair data/orders-0 --change-files"
        })
final class LogRepairCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(paramLabel = "DIR", description = "A data directory, or a partition's directory in it.")
    private Path path = Path.of("");

    @Option(names = "--change-files", description = "Do it.")
    private boolean isToChange;

    LogRepairCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        PrintStream out = new PrintStream(terminal.bytes(), false, StandardCharsets.UTF_8);
        try {
            LogTarget target = LogTarget.of(path);
            DirectoryLock lock = isToChange
                    ? DirectoryLock.forChanging(target.dataDirectory())
                    : DirectoryLock.forReading(target.dataDirectory());
            try {
                return repair(new DirectoryInspection(target), target, new Findings(out));
            } finally {
                lock.close();
            }
        } catch (IOException e) {
            throw new CommandFailure("can't repair " + path + ": " + e, e);
        } finally {
            out.flush();
        }
    }

    private int repair(DirectoryInspection directory, LogTarget target, Findings findings) throws IOException {
        Map<String, String> ownDefects = directory.defects();
        Map<TopicPartition, List<LogDefect>> damaged = new LinkedHashMap<>();
        for (TopicPartition partition : target.partitions()) {
            List<LogDefect> defects = directory.inspect(partition).audit().defects();
            if (!defects.isEmpty()) {
                damaged.put(partition, defects);
            }
        }
        List<LogDefect> missing = directory.missing();
        if (damaged.isEmpty() && ownDefects.isEmpty() && missing.isEmpty()) {
            findings.line("%s: nothing to repair", path);
            return ExitCode.OK;
        }
        InspectionReport report = new InspectionReport(findings);
        if (isToChange) {
            // it would speak for logs that are not as they were
            RecoveryPointFile.CLEAN_SHUTDOWN.remove(directory.files());
        }
        Map<TopicPartition, RecoveryPoint> ends = new HashMap<>();
        int left = 0;
        for (Map.Entry<TopicPartition, List<LogDefect>> entry : damaged.entrySet()) {
            findings.line("%s", entry.getKey());
            entry.getValue().forEach(report::tell);
            LogInspection inspection = directory.inspect(entry.getKey());
            LogInspection.Outcome outcome =
                    isToChange ? inspection.repair(entry.getValue()) : inspection.rehearseRepair(entry.getValue());
            report.tellRepair(outcome, entry.getValue());
            left += outcome.left().isEmpty() && !outcome.refusal().isEmpty()
                    ? 1
                    : outcome.left().size();
            ends.put(entry.getKey(), outcome.point());
        }
        if (isToChange) {
            note(directory, ends);
            ownDefects
                    .keySet()
                    .removeAll(List.of(
                            RecoveryPointFile.CLEAN_SHUTDOWN.fileName(), RecoveryPointFile.RECOVERY_POINTS.fileName()));
        }
        ownDefects.forEach(report::tell);
        missing.forEach(report::tellMissing);
        return end(left + ownDefects.size() + missing.size());
    }

    /** The broker reads a log from its recovery point; those of other partitions stay what they were. */
    private static void note(DirectoryInspection directory, Map<TopicPartition, RecoveryPoint> ends)
            throws IOException {
        Map<TopicPartition, RecoveryPoint> points = new HashMap<>(directory.points());
        ends.forEach(points::replace);
        RecoveryPointFile.RECOVERY_POINTS.write(directory.files(), points);
    }

    private int end(int left) {
        if (!isToChange) {
            terminal.err().println("penstock: nothing was changed; --change-files does what is said above");
            return ExitCode.USAGE;
        }
        if (left > 0) {
            terminal.err().println("penstock: " + left + (left == 1 ? " defect is" : " defects are") + " left");
            return ExitCode.FAILURE;
        }
        return ExitCode.OK;
    }
}

package io.penstock.cli.log;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Terminal;
import io.penstock.core.log.LogAudit;
import io.penstock.core.log.LogDefect;
import io.penstock.core.model.TopicPartition;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code log verify}: finds what is damaged, without changing a byte. */
@Command(
        name = "verify",
        description = "Read everything that a stopped broker's directory has, and tell what is damaged.",
        footer = {
            "",
            "For each defect it says which offsets may be lost, and what the broker will do when it is started. Nothing is",
            "changed. Indexes are judged by index.interval.bytes=4096: where a topic was given another value, entries can",
            "be said to be missing that need not be there. The exit code is 1 if anything is damaged.",
            "",
            "Examples:",
            "  penstock log verify data",
            "  penstock log verify data/orders-0"
        })
final class LogVerifyCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(paramLabel = "DIR", description = "A data directory, or a partition's directory in it.")
    private Path path = Path.of("");

    LogVerifyCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        PrintStream out = new PrintStream(terminal.bytes(), false, StandardCharsets.UTF_8);
        Findings findings = new Findings(out);
        InspectionReport report = new InspectionReport(findings);
        try {
            LogTarget target = LogTarget.of(path);
            DirectoryLock lock = DirectoryLock.forReading(target.dataDirectory());
            try {
                verify(target, findings, report);
            } finally {
                lock.close();
            }
        } catch (IOException e) {
            throw new CommandFailure("can't read " + path + ": " + e, e);
        } finally {
            out.flush();
        }
        return report.defects() == 0 ? ExitCode.OK : ExitCode.FAILURE;
    }

    private void verify(LogTarget target, Findings findings, InspectionReport report) throws IOException {
        DirectoryInspection directory = new DirectoryInspection(target);
        findings.line("%s", target.dataDirectory());
        for (Map.Entry<String, String> defect : directory.defects().entrySet()) {
            report.tell(defect.getKey(), defect.getValue());
        }
        directory.missing().forEach(report::tellMissing);
        long bytes = 0;
        for (TopicPartition partition : target.partitions()) {
            LogInspection inspection = directory.inspect(partition);
            LogAudit audit = inspection.audit();
            bytes += audit.bytes();
            findings.line("%s  %,d bytes  next offset %d", partition, audit.bytes(), audit.endOffset());
            if (!audit.defects().isEmpty()) {
                LogInspection.Outcome start = inspection.rehearseStart();
                for (LogDefect defect : audit.defects()) {
                    report.tell(defect);
                    report.tellStart(defect, start);
                }
                if (!start.refusal().isEmpty()) {
                    report.tellLosses(inspection.rehearseRepair(audit.defects()));
                }
            }
        }
        int partitions = target.partitions().size();
        findings.line("%s, %,d bytes read, %s", count(partitions, "partition"), bytes, verdict(report));
        if (report.defects() > 0) {
            terminal.err().println("penstock: " + path + " is damaged in " + count(report.defects(), "place"));
        }
    }

    private static String verdict(InspectionReport report) {
        return report.defects() == 0
                ? "no damage"
                : String.format(
                        java.util.Locale.ROOT,
                        "%s, %s and %,d bytes may be lost",
                        count(report.defects(), "defect"),
                        count(report.lostOffsets(), "offset"),
                        report.lostBytes());
    }

    private static String count(long number, String what) {
        return String.format(java.util.Locale.ROOT, "%,d %s%s", number, what, number == 1 ? "" : "s");
    }
}

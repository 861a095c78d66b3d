package io.penstock.cli.log;

import io.penstock.core.log.LogDefect;
import io.penstock.core.log.LogDefect.Part;
import io.penstock.core.log.LogRecovery;
import io.penstock.core.log.QuarantinedRange;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Says what was found in logs, and what comes of it. Counts. */
final class InspectionReport {

    /** What can be had from the batches again. */
    private static final Set<Part> REBUILT = EnumSet.of(Part.INDEX, Part.LEADER_EPOCHS, Part.PRODUCERS);

    private final Findings findings;
    private int defects;
    private long lostOffsets;
    private long lostBytes;

    InspectionReport(Findings findings) {
        this.findings = findings;
    }

    int defects() {
        return defects;
    }

    long lostOffsets() {
        return lostOffsets;
    }

    long lostBytes() {
        return lostBytes;
    }

    /** A defect of something that is not a log. */
    void tell(String name, String defect) {
        defects++;
        findings.line("  DAMAGED %s: %s", name, defect);
    }

    void tell(LogDefect defect) {
        defects++;
        lostOffsets += defect.toOffset() - defect.fromOffset();
        lostBytes += defect.bytes();
        findings.line("  DAMAGED %s at byte %d: %s", defect.file(), defect.position(), defect.what());
        if (defect.isLoss()) {
            findings.line(
                    "    may be lost: %s, %,d bytes", offsets(defect.fromOffset(), defect.toOffset()), defect.bytes());
        }
    }

    /** What a broker will do about it. */
    void tellStart(LogDefect defect, LogInspection.Outcome start) {
        findings.line("    the broker's next start %s", startOf(defect, start));
    }

    private static String startOf(LogDefect defect, LogInspection.Outcome start) {
        if (!start.refusal().isEmpty()) {
            return start.refusal();
        }
        if (defect.part() == Part.PRODUCERS) {
            return start.files().contains(defect.file())
                    ? "does not read it; 'penstock log repair' deletes it"
                    : "deletes it, and has what it should tell from the batches";
        }
        if (!start.files().contains(defect.file())) {
            return "deletes it with its segment: the log begins with offset " + start.logStart();
        }
        boolean isLeft = start.left().stream()
                .anyMatch(left -> left.part() == defect.part() && left.file().equals(defect.file()));
        return switch (defect.part()) {
            case BATCHES ->
                isLeft
                        ? "does not read it; whoever reads it is refused; 'penstock log repair' sets it aside"
                        : (defect.bytes() > 0 ? "sets it aside" : "notes the loss")
                                + " in .quarantine and goes on behind it";
            case TAIL -> "cuts it, as an append that a crash tore";
            case INDEX ->
                isLeft ? "does not notice it; 'penstock log repair' builds the index again" : "builds the index again";
            case LEADER_EPOCHS, PRODUCERS -> isLeft ? leftBy(defect) : "builds it again from the batches";
            case TOPIC_ID -> "writes the id of the topic that has this name";
        };
    }

    private static String leftBy(LogDefect defect) {
        return defect.file().endsWith(".log")
                ? "leaves it, and gives readers what was noted; 'penstock log repair' writes that"
                : "believes it; 'penstock log repair' builds it again";
    }

    /** A log of which not even the directory is there. */
    void tellMissing(LogDefect defect) {
        tell(defect);
        findings.line(
                "    the broker's next start begins it anew at offset %d, if its topic is still there",
                defect.toOffset());
    }

    /** What a repair would cost beyond the defects' own offsets, or did. */
    void tellLosses(LogInspection.Outcome repair) {
        repair.losses().forEach(loss -> findings.line("    lost by a repair: %s", loss));
    }

    /** What opening a log does to it, or did. */
    void tellRepair(LogInspection.Outcome repair, List<LogDefect> defects) {
        LogRecovery recovery = repair.recovery();
        List<LogDefect> left = repair.left();
        tellLosses(repair);
        for (QuarantinedRange range : recovery.quarantined()) {
            findings.line(
                    "    to .quarantine: %,d bytes from byte %d of segment %d, %s; see %s",
                    range.bytes(),
                    range.position(),
                    range.segmentBaseOffset(),
                    offsets(range.fromOffset(), range.toOffset()),
                    range.path());
        }
        if (recovery.bytesCut() > 0) {
            findings.line("    cut: %,d bytes at the end of the log: %s", recovery.bytesCut(), recovery.damage());
        }
        for (LogDefect defect : defects) {
            boolean isRebuilt = REBUILT.contains(defect.part())
                    && left.stream().noneMatch(other -> other.file().equals(defect.file()));
            if (isRebuilt) {
                findings.line("    built again: %s", defect.file());
            }
        }
        if (!repair.refusal().isEmpty()) {
            findings.line("    NOT REPAIRED: the broker's next start %s", repair.refusal());
        }
        for (LogDefect defect : left) {
            findings.line("    NOT REPAIRED %s at byte %d: %s", defect.file(), defect.position(), defect.what());
        }
    }

    private static String offsets(long from, long to) {
        return to > from ? "offsets " + from + " to " + (to - 1) : "no offset that is known, from " + from + " on";
    }
}

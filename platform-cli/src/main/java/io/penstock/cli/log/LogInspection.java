package io.penstock.cli.log;

import io.penstock.core.log.LogAudit;
import io.penstock.core.log.LogDefect;
import io.penstock.core.log.LogRecovery;
import io.penstock.core.log.RecoveryPoint;
import java.io.IOException;
import java.util.List;

/**
 * A log, audited as it lies there, and opened as a broker would, or repaired: on a rehearsal of the directory, which changes
 * nothing, or on the directory itself.
 */
interface LogInspection {

    /**
     * What opening did and left.
     *
     * @param refusal what the broker's start does instead of opening the log, and why; empty if it opens it
     * @param logStart where the log begins then
     * @param files the names of the log's files then
     * @param left what an audit finds afterwards
     * @param point where the log ends
     * @param losses what else is lost, in words
     */
    record Outcome(
            String refusal,
            LogRecovery recovery,
            long logStart,
            List<String> files,
            List<LogDefect> left,
            RecoveryPoint point,
            List<String> losses) {}

    LogAudit audit() throws IOException;

    /** What the broker will do at its next start. */
    Outcome rehearseStart() throws IOException;

    /** What {@link #repair} would do. */
    Outcome rehearseRepair(List<LogDefect> defects) throws IOException;

    /** Changes the files. */
    Outcome repair(List<LogDefect> defects) throws IOException;
}

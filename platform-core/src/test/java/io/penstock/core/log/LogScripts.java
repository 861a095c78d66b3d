package io.penstock.core.log;

import io.penstock.core.log.LogTrial.Cleanup;
import io.penstock.core.log.LogTrial.Script;
import io.penstock.core.log.LogTrial.Tracked;
import io.penstock.core.log.file.SimulatedDisk.Fate;
import io.penstock.core.log.file.SimulatedDisk.Operation;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is cut after each of its file operations. */
final class LogScripts {

    static final Map<String, Script> ALL = new LinkedHashMap<>();

    static {
        ALL.put("append and flush", trial -> {
            Tracked log = trial.log("orders");
            for (int i = 0; i < 3; i++) {
                log.append(2);
                log.flush();
            }
        });
        ALL.put("append without flush", trial -> {
            Tracked log = trial.log("orders");
            log.append(1);
            log.append(3);
            log.append(2);
        });
        ALL.put("roll", trial -> {
            Tracked log = trial.log("orders");
            for (int i = 0; i < 5; i++) {
                log.append(3);
            }
            log.flush();
            log.append(8);
            log.append(8);
        });
        ALL.put("truncate in the last segment", trial -> {
            Tracked log = trial.log("orders");
            log.append(3);
            log.flush();
            log.truncateTo(2);
            log.append(1, 1);
            log.flush();
            log.truncateTo(3);
        });
        ALL.put("truncate across segments", trial -> {
            Tracked log = trial.log("orders");
            for (int i = 0; i < 6; i++) {
                log.append(4);
            }
            log.flush();
            log.truncateTo(7);
            log.append(2);
            log.flush();
            log.truncateTo(0);
            log.append(1);
        });
        ALL.put("cut and written again beyond where it was", trial -> {
            Tracked log = trial.log("orders");
            log.append(20);
            log.flush();
            log.truncateTo(3);
            for (int i = 0; i < 4; i++) {
                log.append(6);
            }
            log.flush();
        });
        ALL.put("epochs", trial -> {
            Tracked log = trial.log("orders");
            for (int epoch = 0; epoch < 6; epoch += 2) {
                log.append(3, epoch);
                log.append(2, epoch + 1);
                if (epoch == 2) {
                    log.flush();
                }
            }
            log.truncateTo(log.model.end() / 2);
            log.append(1, 9);
        });
        ALL.put("clean stop and start", trial -> {
            Tracked log = trial.log("orders");
            log.append(7);
            log.reopen();
            log.append(2);
            log.reopen();
        });
        ALL.put("delete", trial -> {
            Tracked log = trial.log("orders");
            Tracked other = trial.log("payments");
            log.append(3);
            other.append(2);
            log.flush();
            other.flush();
            log.delete();
        });
        ALL.put("delete and create again", trial -> {
            trial.log("orders").append(5);
            trial.log("orders").flush();
            trial.log("orders").delete();
            trial.log("orders").append(2);
            trial.log("orders").flush();
            trial.log("orders").delete();
            trial.log("orders").append(1);
        });
        ALL.put("several partitions", trial -> {
            for (int i = 0; i < 3; i++) {
                for (String topic : new String[] {"a", "b", "c"}) {
                    trial.log(topic).append(2);
                }
                trial.log("b").flush();
            }
            trial.log("a").flush();
        });
        ALL.put("an append of several batches that fails, and its repetition", trial -> {
            Tracked log = trial.log("orders");
            log.append(2);
            log.flush();
            trial.fail(Operation.APPEND, ".log", Fate.FULL);
            log.append(5);
            trial.heal();
            log.append(2);
            trial.fail(Operation.APPEND, ".index", Fate.FAILED);
            log.append(4);
            trial.heal();
            log.append(1);
            log.flush();
        });
        ALL.put("a segment that can't be created", trial -> {
            Tracked log = trial.log("orders");
            log.append(2);
            log.flush();
            trial.fail(Operation.CREATE, ".timeindex", Fate.FULL);
            log.append(9);
            trial.heal();
            log.append(1);
            log.flush();
            log.append(9);
        });
        ALL.put("a force that fails", trial -> {
            Tracked log = trial.log("orders");
            log.append(4);
            trial.failOnce(Operation.FORCE, ".log");
            log.flush();
            trial.heal();
            if (!log.hasFailed()) {
                log.flush();
            }
        });
        ALL.put("recovery points", trial -> {
            Tracked log = trial.log("orders");
            log.append(4);
            log.checkpoint();
            log.append(2);
            log.flush();
            log.append(9);
            log.checkpoint();
            log.append(3);
        });
        ALL.put("recovery points of several partitions", trial -> {
            for (int i = 0; i < 3; i++) {
                for (String topic : new String[] {"a", "b", "c"}) {
                    trial.log(topic).append(3);
                }
                trial.log("a").checkpoint();
                trial.log("b").flush();
                trial.log("c").checkpoint();
            }
        });
        ALL.put("cut behind a recovery point", trial -> {
            Tracked log = trial.log("orders");
            log.append(9);
            log.checkpoint();
            log.truncateTo(log.model.end() - 2);
            log.append(1, 1);
            log.checkpoint();
            log.truncateTo(3);
            log.append(2, 2);
            log.flush();
        });
        ALL.put("delete what has a recovery point and create it again", trial -> {
            Tracked log = trial.log("orders");
            log.append(5);
            log.checkpoint();
            log.delete();
            trial.log("orders").append(1);
            trial.log("orders").flush();
        });
        ALL.put("marked stop and start", trial -> {
            Tracked log = trial.log("orders");
            trial.log("payments").append(2);
            log.append(7);
            trial.stopAndStart();
            log.append(2);
            log.truncateTo(3);
            log.append(1);
            log.flush();
            trial.stopAndStart();
        });
        ALL.put("delete records", trial -> {
            Tracked log = trial.log("orders");
            log.append(20);
            log.flush();
            log.deleteBefore(5);
            log.deleteBefore(log.model.end() - 3);
            log.append(2);
            log.checkpoint();
            log.flush();
            log.deleteBefore(log.model.end() - 3);
            trial.stopAndStart();
            log.append(1);
            log.truncateTo(log.model.end() - 1);
            log.flush();
        });
        ALL.put("delete all records", trial -> {
            Tracked log = trial.log("orders");
            log.append(6);
            log.flush();
            log.log().roll(LogFixture.NOW);
            log.deleteBefore(log.model.end());
            log.append(2);
            log.flush();
        });
        ALL.put("retention by size and time", trial -> {
            Tracked log = trial.log("orders");
            log.append(20);
            log.flush();
            log.retain(new Retention(Retention.UNLIMITED, 1500));
            log.append(12);
            log.checkpoint();
            log.flush();
            log.retain(new Retention(8 * LogTrial.MS_PER_RECORD, Retention.UNLIMITED));
            log.append(1);
            log.flush();
        });
        ALL.put("compaction", trial -> {
            Tracked log = trial.cleaning("orders", Cleanup.COMPACT).log("orders");
            log.append(4);
            log.checkpoint();
            log.append(9);
            log.flush();
            log.compact(() -> log.append(1));
            log.flush();
        });
    }

    private LogScripts() {}
}

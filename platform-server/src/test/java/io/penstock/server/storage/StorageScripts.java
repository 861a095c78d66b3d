package io.penstock.server.storage;

import io.penstock.server.storage.StorageTrial.Script;
import io.penstock.server.storage.StorageTrial.Topic;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a broker does with its data directories, to be cut after each file operation. */
final class StorageScripts {

    static final Map<String, Script> ALL = new LinkedHashMap<>();

    static {
        ALL.put("first start", trial -> {});
        ALL.put("create and append", trial -> {
            Topic orders = trial.create("orders");
            orders.append(1);
            orders.append(3);
            trial.create("payments").append(2);
        });
        ALL.put("roll", trial -> {
            Topic orders = trial.create("orders");
            orders.append(14);
            orders.append(9);
        });
        ALL.put("recovery points", trial -> {
            Topic orders = trial.create("orders");
            Topic payments = trial.create("payments");
            for (int i = 0; i < 3; i++) {
                orders.append(3 + i);
                payments.append(1);
                trial.pass(SimulatedNode.CHECKPOINT_INTERVAL);
            }
            orders.append(9);
            payments.append(1);
        });
        ALL.put("replicated", trial -> {
            Topic orders = trial.create("orders", "durability", "replicated");
            orders.append(5);
            orders.awaitFlush();
            orders.append(9);
            orders.append(2);
            orders.awaitFlush();
            orders.append(1);
        });
        ALL.put("retention by size", trial -> {
            Topic orders = trial.create("orders", "retention.bytes", "1");
            orders.append(24);
            trial.retain();
            orders.append(20);
            trial.retain();
            orders.append(1);
        });
        ALL.put("retention by time", trial -> {
            Topic orders = trial.create("orders", "retention.ms", "4000");
            orders.append(12);
            trial.retain();
            trial.retain();
            orders.append(2);
        });
        ALL.put("delete records", trial -> {
            Topic orders = trial.create("orders");
            orders.append(20);
            orders.deleteRecords(3);
            orders.append(2);
            trial.pass(SimulatedNode.CHECKPOINT_INTERVAL);
            orders.deleteRecords(orders.size() - 1);
            orders.append(1);
        });
        ALL.put("delete all records", trial -> {
            Topic orders = trial.create("orders");
            orders.append(7);
            orders.deleteRecords(7);
            trial.stopAndStart();
            orders.append(2);
        });
        ALL.put("compaction", trial -> {
            Topic orders = trial.create("orders", "cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.1");
            orders.append(24);
            trial.pass(SimulatedNode.COMPACTION_BACKOFF.plusSeconds(1));
            orders.append(20);
            trial.pass(SimulatedNode.COMPACTION_BACKOFF.plusSeconds(1));
            orders.append(2);
        });
        ALL.put("delete a topic", trial -> {
            trial.create("payments").append(3);
            trial.create("orders").append(12);
            trial.pass(SimulatedNode.CHECKPOINT_INTERVAL);
            trial.delete("orders");
        });
        ALL.put("delete a topic and create it again", trial -> {
            trial.create("orders").append(20);
            trial.pass(SimulatedNode.CHECKPOINT_INTERVAL);
            trial.delete("orders");
            Topic orders = trial.create("orders");
            orders.append(2);
            trial.delete("orders");
            trial.create("orders");
        });
        ALL.put("delete records, then the topic, and create it again", trial -> {
            Topic before = trial.create("orders");
            before.append(20);
            before.deleteRecords(15);
            trial.delete("orders");
            trial.create("orders").append(2);
        });
        ALL.put("stop and start", trial -> {
            Topic orders = trial.create("orders");
            trial.create("payments").append(2);
            orders.append(7);
            trial.stopAndStart();
            orders.append(12);
            trial.pass(SimulatedNode.CHECKPOINT_INTERVAL);
            orders.append(1);
            trial.stopAndStart();
            orders.append(1);
        });
        ALL.put("stop, delete a topic and create it again", trial -> {
            trial.create("orders").append(9);
            trial.stopAndStart();
            trial.delete("orders");
            trial.create("orders").append(2);
        });
        ALL.put("everything", trial -> {
            Topic orders = trial.create("orders", "retention.bytes", "1500");
            Topic keyed = trial.create("keyed", "cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.1");
            for (int i = 0; i < 2; i++) {
                orders.append(6);
                keyed.append(10);
                trial.pass(Duration.ofSeconds(2));
            }
            trial.retain();
            trial.stopAndStart();
            orders.deleteRecords(orders.size());
            keyed.append(1);
            trial.delete("orders");
        });
    }

    private StorageScripts() {}
}

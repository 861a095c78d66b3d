package io.penstock.benchmarks.compare;

import io.penstock.benchmarks.compare.Workload.Kind;
import io.penstock.cli.perf.Payloads;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** All there are. A name says what differs from 100 or 1,024 bytes of random characters into one partition, not compressed. */
final class Workloads {

    private static final List<Contender> PRODUCERS =
            List.of(Contender.KAFKA_TOOLS, Contender.REACTOR_KAFKA, Contender.PENSTOCK);
    private static final List<Contender> CONSUMERS = List.of(
            Contender.KAFKA_TOOLS,
            Contender.REACTOR_KAFKA,
            Contender.PENSTOCK,
            Contender.PENSTOCK_BATCHES,
            Contender.PENSTOCK_GROUP);
    private static final List<Contender> IN_ONE_PROCESS =
            List.of(Contender.KAFKA_CLIENTS, Contender.REACTOR_KAFKA, Contender.PENSTOCK, Contender.PENSTOCK_BATCHES);
    private static final List<Contender> PACED =
            List.of(Contender.KAFKA_CLIENTS, Contender.REACTOR_KAFKA, Contender.PENSTOCK);
    private static final List<Contender> EMBEDDED = List.of(Contender.KAFKA_CLIENTS, Contender.PENSTOCK);

    private static final Set<String> QUICK =
            Set.of("produce-100", "produce-1024", "durable-100", "consume-100", "latency-20k", "embedded-100");

    private static final int PACED_SECONDS = 30;
    private static final int PACED_WARM_UP_SECONDS = 5;
    private static final long GIGABYTE = 1_000_000_000;

    private final List<Workload> all = new ArrayList<>();

    private Workloads() {
        for (int bytes : new int[] {100, 1024}) {
            for (int partitions : new int[] {1, 16}) {
                for (String codec : new String[] {"none", "zstd", "lz4"}) {
                    for (Payloads.Kind kind : new Payloads.Kind[] {Payloads.Kind.text, Payloads.Kind.realistic}) {
                        addThroughput(bytes, partitions, codec, kind);
                    }
                }
            }
        }
        addDefaults();
        addDurable();
        addTogether();
        addLatency();
        addScale();
        add(
                "embedded-100",
                Kind.EMBEDDED,
                Load.of(100, 3_000_000).withSending(Sending.DEFAULTS.withBatchBytes(256 << 10)),
                EMBEDDED);
    }

    static List<Workload> all() {
        return List.copyOf(new Workloads().all);
    }

    private void addThroughput(int bytes, int partitions, String codec, Payloads.Kind kind) {
        long records = bytes == 100 ? 10_000_000 : 2_000_000;
        Load load = Load.of(bytes, records)
                .withPayload(kind)
                .withPartitions(partitions)
                .withSending(Sending.LARGE_BATCHES.withCodec(codec));
        String name = bytes
                + (partitions == 1 ? "" : "-p" + partitions)
                + (codec.equals("none") ? "" : "-" + codec)
                + (kind == Payloads.Kind.text ? "" : "-" + kind);
        add("produce-" + name, Kind.PRODUCE, load.withWarmUp(records / 2), PRODUCERS);
        add("consume-" + name, Kind.CONSUME, load.withRecords(2 * records), CONSUMERS);
    }

    private void addDefaults() {
        Load load = Load.of(100, 5_000_000)
                .withWarmUp(1_000_000)
                .withSending(Sending.DEFAULTS)
                .withDurability(Durability.DEFAULT);
        add("produce-100-defaults", Kind.PRODUCE, load, PRODUCERS);
        add("produce-100-defaults-cached", Kind.PRODUCE, load.withDurability(Durability.CACHED), PRODUCERS);
    }

    private void addDurable() {
        for (int partitions : new int[] {1, 16}) {
            String suffix = partitions == 1 ? "" : "-p" + partitions;
            add(
                    "durable-100" + suffix,
                    Kind.PRODUCE,
                    Load.of(100, 3_000_000)
                            .withWarmUp(500_000)
                            .withPartitions(partitions)
                            .withDurability(Durability.FORCED),
                    PRODUCERS);
            add(
                    "durable-1024" + suffix,
                    Kind.PRODUCE,
                    Load.of(1024, 500_000)
                            .withWarmUp(100_000)
                            .withPartitions(partitions)
                            .withDurability(Durability.FORCED),
                    PRODUCERS);
        }
    }

    private void addTogether() {
        Load load = Load.of(100, 5_000_000);
        add("together-100", Kind.PRODUCE_AND_CONSUME, load, PRODUCERS);
        add("together-100-p16", Kind.PRODUCE_AND_CONSUME, load.withPartitions(16), PRODUCERS);
        add("consumers-10", Kind.CONSUME, load.withReaders(10), IN_ONE_PROCESS);
    }

    private void addLatency() {
        Load load = Load.of(100, 0).withSending(Sending.LARGE_BATCHES.withLingerMillis(0));
        for (int thousands : new int[] {1, 20, 100}) {
            add(
                    "latency-" + thousands + "k",
                    Kind.LATENCY,
                    load.withPace(thousands * 1_000, PACED_SECONDS, PACED_WARM_UP_SECONDS),
                    PACED);
        }
        add(
                "latency-20k-defaults",
                Kind.LATENCY,
                load.withSending(Sending.DEFAULTS).withPace(20_000, PACED_SECONDS, PACED_WARM_UP_SECONDS),
                PACED);
        for (int connections : new int[] {1, 100, 1_000}) {
            add(
                    "connections-" + connections,
                    Kind.LATENCY,
                    load.withPace(20_000, PACED_SECONDS, PACED_WARM_UP_SECONDS).withReaders(connections),
                    PACED);
        }
    }

    private void addScale() {
        for (int partitions : new int[] {1, 100, 1_000, 10_000}) {
            add(
                    "partitions-" + partitions,
                    Kind.PRODUCE,
                    Load.of(100, 5_000_000).withWarmUp(1_000_000).withPartitions(partitions),
                    PRODUCERS);
        }
        for (int gigabytes : new int[] {1, 20}) {
            add("log-" + gigabytes + "gb", Kind.CONSUME_COLD, Load.of(1000, gigabytes * GIGABYTE / 1000), CONSUMERS);
        }
    }

    private void add(String name, Kind kind, Load load, List<Contender> contenders) {
        all.add(new Workload(name, kind, load, contenders, QUICK.contains(name)));
    }
}

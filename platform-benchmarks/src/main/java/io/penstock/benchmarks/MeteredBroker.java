package io.penstock.benchmarks;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.penstock.server.Broker;
import io.penstock.server.BrokerConfig;
import io.penstock.server.storage.StorageEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Flux;

/**
 * A broker in a process of its own that tells what its compactions do: a line {@code compacting} for each 20 ms in which one has
 * read or written, {@code compacted TOPIC-PARTITION} at the end of each. It lives as long as its input is open.
 */
final class MeteredBroker implements AutoCloseable {

    private static final Duration BEAT = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final String READY = "ready ";
    private static final String COMPACTING = "compacting";
    private static final String COMPACTED = "compacted ";

    private final Process process;
    private final CountDownLatch ready = new CountDownLatch(1);
    private volatile String endpoint = "";

    // guarded by this
    private final TreeSet<Long> signs = new TreeSet<>();
    private final List<String> compacted = new ArrayList<>();

    private MeteredBroker(Process process) {
        this.process = process;
    }

    /**
     * The process.
     *
     * @param args the data directory, and settings as {@code key=value}
     */
    public static void main(String[] args) throws IOException {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        Map<String, String> settings = new HashMap<>();
        for (int i = 1; i < args.length; i++) {
            String[] setting = args[i].split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        Broker broker = Objects.requireNonNull(Broker.start(BrokerConfig.builder()
                        .setAll(settings)
                        .dataDirectory(Path.of(args[0]))
                        .listeners("penstock://127.0.0.1:0")
                        .metrics(meters)
                        .storageEvents(MeteredBroker::tell)
                        .build())
                .block());
        Counter bytes = meters.get("penstock.compaction.io").counter();
        Flux.interval(BEAT)
                .onBackpressureDrop()
                .map(beat -> bytes.count())
                .distinctUntilChanged()
                .skip(1)
                .subscribe(changed -> System.out.println(COMPACTING));
        System.out.println(READY + broker.endpoint());
        while (System.in.read() >= 0) {
            // until whoever started it is gone
        }
        broker.stop().block();
        System.exit(0);
    }

    private static void tell(StorageEvent event) {
        if (event instanceof StorageEvent.LogCompacted done) {
            System.out.println(COMPACTED + done.partition());
        }
    }

    /** Starts one with this JVM's class path, and waits until it is ready. */
    static MeteredBroker start(Path directory, String... settings) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                MeteredBroker.class.getName(),
                directory.toString()));
        command.addAll(List.of(settings));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        MeteredBroker broker = new MeteredBroker(process);
        Thread listener = new Thread(broker::listen, "broker-output");
        listener.setDaemon(true);
        listener.start();
        if (!broker.ready.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("the broker is not ready");
        }
        return broker;
    }

    private void listen() {
        try (BufferedReader output = process.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                heard(line);
            }
        } catch (IOException e) {
            System.err.println("the broker's output ended: " + e);
        }
    }

    private synchronized void heard(String line) {
        if (line.equals(COMPACTING)) {
            signs.add(System.nanoTime());
        } else if (line.startsWith(COMPACTED)) {
            compacted.add(line.substring(COMPACTED.length()));
        } else if (line.startsWith(READY)) {
            endpoint = line.substring(READY.length());
            ready.countDown();
        }
        notifyAll();
    }

    String endpoint() {
        return endpoint;
    }

    /** Waits for the next sign of a compaction under way. */
    synchronized void awaitCompaction() throws InterruptedException {
        long start = System.nanoTime();
        while (signs.isEmpty() || signs.last() < start) {
            await(start, "no compaction began");
        }
    }

    /** Waits until a topic's only partition is compacted. */
    synchronized void awaitEnd(String topic) throws InterruptedException {
        long start = System.nanoTime();
        while (!compacted.contains(topic + "-0")) {
            await(start, topic + " is not compacted");
        }
    }

    private void await(long start, String otherwise) throws InterruptedException {
        if (System.nanoTime() - start > PATIENCE.toNanos()) {
            throw new IllegalStateException(otherwise + " in " + PATIENCE);
        }
        TimeUnit.SECONDS.timedWait(this, 1);
    }

    /** The longest time without a sign of a compaction, between two times of {@link System#nanoTime()}. */
    synchronized Duration longestPause(long fromNanos, long toNanos) {
        long longest = 0;
        long last = fromNanos;
        for (long sign : signs.subSet(fromNanos, true, toNanos, true)) {
            longest = Math.max(longest, sign - last);
            last = sign;
        }
        return Duration.ofNanos(Math.max(longest, toNanos - last));
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.onExit().join();
    }
}

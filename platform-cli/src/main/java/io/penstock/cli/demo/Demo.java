package io.penstock.cli.demo;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.ExitCode;
import io.penstock.cli.terminal.Figures;
import io.penstock.cli.terminal.Table;
import io.penstock.cli.terminal.Terminal;
import io.penstock.client.ClientOptions;
import io.penstock.client.PenstockClient;
import io.penstock.client.admin.NewTopic;
import io.penstock.client.consumer.ConsumerOptions;
import io.penstock.client.consumer.FetchWindow;
import io.penstock.client.producer.ProducerOptions;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.runtime.NodeRuntime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;

/**
 * One run of the demo: everybody starts together; when the producer is ahead, the consumers' rates are measured for the
 * planned time, and until everything is sent; then each consumer reads on to the end as fast as it can, and all is
 * checked. The calling thread shows the figures; the work is done elsewhere.
 */
final class Demo {

    private static final String TOPIC = "lines";
    private static final int PARTITIONS = 4;
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration STALL = Duration.ofSeconds(30);

    /** A window that holds a few elements a partition: three consumers have it at both ends. */
    private static final FetchWindow WINDOW = FetchWindow.DEFAULTS.withTotalBytes(4 << 20);

    private final Terminal terminal;
    private final Plan plan;
    private final Corpus corpus;
    private final DemoBroker broker;
    private final NodeRuntime runtime;
    private final MemoryWatch memory = new MemoryWatch();
    private final List<PenstockClient> clients = new ArrayList<>();
    private final List<Taker> takers = new ArrayList<>();
    private final Feeder feeder;

    Demo(Terminal terminal, Plan plan, Corpus corpus, DemoBroker broker, NodeRuntime runtime) {
        this.terminal = terminal;
        this.plan = plan;
        this.corpus = corpus;
        this.broker = broker;
        this.runtime = runtime;
        this.feeder = new Feeder(corpus, TOPIC, plan.totalBytes(), runtime.timers());
    }

    /** Runs it; blocks until it is over. Returns the exit code. */
    int run() {
        try {
            return runToEnd() ? conclude() : ExitCode.INTERRUPTED;
        } catch (CompletionException e) {
            throw new CommandFailure("the demo failed: " + e.getCause(), e);
        } finally {
            takers.forEach(Taker::cancel);
            for (PenstockClient client : clients) {
                client.close().onErrorComplete().block(CLOSE_TIMEOUT);
            }
            memory.close();
        }
    }

    private boolean runToEnd() {
        client("admin")
                .admin()
                .createTopic(NewTopic.of(TOPIC, PARTITIONS).withSetting("durability", "fsync"))
                .block();
        startTakers();
        long start = now();
        CompletableFuture<Void> sending = feeder.send(
                client("producer").producer(ProducerOptions.<byte[], byte[]>of(Serdes.bytes(), Serdes.bytes())));
        Screen screen = new Screen(terminal, broker, feeder, takers, memory, start);
        String paced = "each consumer takes what it asks for, the producer what the disk takes";
        if (!await(screen, "warming up", () -> isAhead(sending))) {
            return false;
        }
        takers.forEach(Taker::measure);
        long measured = now();
        BooleanSupplier measuredAndSent = () -> isDone(sending) && isMeasured(now() - measured);
        if (!await(screen, paced, measuredAndSent)) {
            return false;
        }
        screen.last(paced, now());
        takers.forEach(taker -> taker.lift(feeder.records()));
        String lifted = "limits lifted: each reads on to the end";
        boolean ended = await(
                screen,
                lifted,
                () -> takers.stream().allMatch(taker -> taker.finished().isDone()));
        screen.last(ended ? lifted : "stopped", now());
        return ended;
    }

    private void startTakers() {
        char letter = 'A';
        for (long limit : plan.bytesPerSecond()) {
            Taker taker = new Taker("consumer " + letter++, limit, corpus, runtime.timers());
            takers.add(taker);
            client(taker.name())
                    .consumer(ConsumerOptions.<byte[], byte[]>builder(Serdes.bytes(), Serdes.bytes())
                            .topics(TOPIC)
                            .window(WINDOW)
                            .build())
                    .receive()
                    .subscribe(taker);
        }
    }

    /** A connection for each, as if each were a process of its own. */
    private PenstockClient client(String name) {
        PenstockClient client = PenstockClient.connect(ClientOptions.builder(broker.endpoint())
                .clientName(name)
                .runtime(runtime)
                .build());
        clients.add(client);
        return client;
    }

    /** Shows the figures until something has come true; {@code false} if the user stopped it. */
    private boolean await(Screen screen, String phase, BooleanSupplier reached) {
        long progress = -1;
        long progressNanos = now();
        while (!reached.getAsBoolean()) {
            takers.forEach(taker -> failIfFailed(taker.finished()));
            screen.tick(phase, now());
            long amount = feeder.acknowledged()
                    + takers.stream()
                            .mapToLong(taker -> taker.ledger().records())
                            .sum();
            if (amount != progress) {
                progress = amount;
                progressNanos = now();
            } else if (now() - progressNanos > STALL.toNanos()) {
                throw new CommandFailure("nothing has moved for " + STALL.toSeconds() + " s");
            }
            if (terminal.stop().await(TICK)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the producer is so far ahead, and everybody has had a moment to get warm. */
    private boolean isAhead(CompletableFuture<Void> sending) {
        long fastest =
                takers.stream().mapToLong(taker -> taker.ledger().bytes()).max().orElse(0);
        boolean warm = takers.stream().allMatch(taker -> taker.ledger().bytes() >= taker.bytesPerSecond());
        return isDone(sending) || (warm && feeder.bytes() - fastest >= plan.headStartBytes());
    }

    private boolean isMeasured(long nanos) {
        long planned = plan.paced().toNanos();
        return nanos >= planned
                && (takers.stream().allMatch(Verdict::keepsPace)
                        || nanos >= planned + plan.prolonging().toNanos());
    }

    private static boolean isDone(CompletableFuture<Void> work) {
        failIfFailed(work);
        return work.isDone();
    }

    private static void failIfFailed(CompletableFuture<Void> work) {
        if (work.isCompletedExceptionally()) {
            work.join();
        }
    }

    private int conclude() {
        long sent = feeder.records();
        Verdict verdict = new Verdict();
        verdict.checkProducer(feeder);
        takers.forEach(taker -> verdict.checkTaker(taker, sent));
        verdict.checkMemory(memory, MemoryBound.STATED);
        summary(sent).forEach(terminal.out()::println);
        verdict.broken().forEach(claim -> terminal.out().println("FAILED: " + claim));
        if (!verdict.broken().isEmpty()) {
            return ExitCode.FAILURE;
        }
        terminal.out()
                .println("ok: each consumer took what it asked for, lost nothing, got nothing twice;"
                        + " memory stayed within its bound");
        return ExitCode.OK;
    }

    private List<String> summary(long sent) {
        Table table = new Table("", ">RECORDS", ">BYTES", ">PACED RATE", ">LIMIT", ">THEN", ">LOST", ">REPEATED");
        table.row(
                "producer",
                Figures.count(sent),
                Figures.bytes(feeder.bytes()),
                Figures.bytesPerSecond(Figures.rate(feeder.bytes(), feeder.elapsedNanos())),
                "disk",
                "",
                "",
                "");
        for (Taker taker : takers) {
            Ledger ledger = taker.ledger();
            table.row(
                    taker.name(),
                    Figures.count(ledger.records()),
                    Figures.bytes(ledger.bytes()),
                    Figures.bytesPerSecond(taker.pacedRate()),
                    Figures.bytesPerSecond(taker.bytesPerSecond()),
                    Figures.bytesPerSecond(taker.liftedRate()),
                    ledger.lost(sent),
                    ledger.repeated());
        }
        List<String> lines = new ArrayList<>(table.lines());
        lines.add(String.format(
                "memory    heap after collection at most %s (bound %s), direct at most %s (bound %s)",
                Figures.bytes(memory.heapPeak()),
                Figures.bytes(MemoryBound.STATED.heapBytes()),
                Figures.bytes(memory.directPeak()),
                Figures.bytes(MemoryBound.STATED.directBytes())));
        return lines;
    }

    private long now() {
        return runtime.nanoTime().getAsLong();
    }
}

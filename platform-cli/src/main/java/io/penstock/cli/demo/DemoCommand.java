package io.penstock.cli.demo;

import io.penstock.cli.terminal.CommandFailure;
import io.penstock.cli.terminal.Figures;
import io.penstock.cli.terminal.Terminal;
import io.penstock.core.runtime.NodeRuntime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demo}: the main job on real input, in one process. */
@Command(
        name = "demo",
        description = "A broker, a producer and three consumers that take 8, 5 and 2 MB/s, live.",
        footer = {
            "",
            "Lines of the JDK's and this clone's text files go into one topic as fast as the disk takes them. Each",
            "consumer asks for as many records as its rate allows, and gets no more. Then the limits are lifted and",
            "each reads to the end. Every record has a number: the demo fails (exit code 1) if one is lost, repeated,",
            "out of order or altered, if a rate is off by more than 10 %, or if memory exceeds its bound."
        })
public final class DemoCommand implements Callable<Integer> {

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final Terminal terminal;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "40",
            description = "How long it takes, about; at least 8. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "${sys:java.io.tmpdir}",
            description = "Where it makes its directory, which it removes. Default: ${DEFAULT-VALUE}.")
    private Path directory = Path.of("");

    @Option(names = "--bytes", hidden = true, description = "How much is sent at least.")
    private long bytes = Plan.DEFAULT_BYTES;

    public DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (seconds < Plan.MIN_SECONDS) {
            throw CommandFailure.usage("--seconds must be " + Plan.MIN_SECONDS + " or more, was " + seconds);
        }
        Corpus corpus = Corpus.read(sources());
        Plan plan = Plan.of(seconds, bytes);
        NodeRuntime runtime = NodeRuntime.create("demo");
        try (DemoBroker broker = DemoBroker.start(directory, plan.totalBytes())) {
            terminal.out()
                    .println("penstock demo: " + Figures.bytes(plan.totalBytes()) + " from "
                            + Figures.count(corpus.lineCount()) + " lines of " + Figures.count(corpus.fileCount())
                            + " files, again and again; fsync before every acknowledgement");
            terminal.out().println("broker at " + broker.endpoint() + " in " + broker.directory());
            terminal.out().println();
            return new Demo(terminal, plan, corpus, broker, runtime).run();
        } finally {
            runtime.close().block(CLOSE_TIMEOUT);
        }
    }

    /** This clone, if the start script tells where it is, and the JDK. */
    private static List<Path> sources() {
        Path jdk = Path.of(System.getProperty("java.home"));
        String root = System.getProperty("penstock.root");
        return root == null ? List.of(jdk) : List.of(Path.of(root), jdk);
    }
}

package io.penstock.cli.demo;

import io.penstock.cli.terminal.Figures;
import io.penstock.cli.terminal.LiveBlock;
import io.penstock.cli.terminal.Table;
import io.penstock.cli.terminal.Terminal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The live table: drawn over on a terminal, else written every few seconds. Used by one thread; the figures that it
 * reads may be a little apart in time.
 */
final class Screen {

    private static final Duration REDRAW = Duration.ofMillis(250);
    private static final Duration WRITE = Duration.ofSeconds(4);

    private final Terminal terminal;
    private final LiveBlock block;
    private final DemoBroker broker;
    private final Feeder feeder;
    private final List<Taker> takers;
    private final MemoryWatch memory;
    private final long startNanos;
    private final Map<String, RateMeter> meters = new HashMap<>();
    private long shownNanos;

    Screen(
            Terminal terminal,
            DemoBroker broker,
            Feeder feeder,
            List<Taker> takers,
            MemoryWatch memory,
            long startNanos) {
        this.terminal = terminal;
        this.block = new LiveBlock(terminal.out(), terminal.columns());
        this.broker = broker;
        this.feeder = feeder;
        this.takers = takers;
        this.memory = memory;
        this.startNanos = startNanos;
        this.shownNanos = startNanos;
    }

    /** Shows the figures if it is time to; samples them in any case. */
    void tick(String phase, long nowNanos) {
        List<String> lines = lines(phase, nowNanos);
        Duration interval = terminal.isOutInteractive() ? REDRAW : WRITE;
        if (nowNanos - shownNanos >= interval.toNanos()) {
            show(lines, nowNanos);
        }
    }

    /** Shows the figures now, and leaves them where they are. */
    void last(String phase, long nowNanos) {
        show(lines(phase, nowNanos), nowNanos);
        block.keep();
    }

    private void show(List<String> lines, long nowNanos) {
        shownNanos = nowNanos;
        if (terminal.isOutInteractive()) {
            block.draw(lines);
        } else {
            lines.forEach(terminal.out()::println);
        }
    }

    private List<String> lines(String phase, long nowNanos) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format("%5.1f s  %s", (nowNanos - startNanos) / 1e9, phase));
        Table table = new Table("", ">RATE NOW", ">LIMIT", ">RECORDS", ">BYTES", ">LAG", ">DEMAND");
        table.row(
                "producer",
                Figures.bytesPerSecond(rate("producer", feeder.bytes(), nowNanos)),
                "disk",
                Figures.count(feeder.acknowledged()),
                Figures.bytes(feeder.bytes()),
                Figures.count(feeder.records() - feeder.acknowledged()),
                "");
        for (Taker taker : takers) {
            long asked = taker.asked();
            boolean limited = asked >= 0;
            table.row(
                    taker.name(),
                    Figures.bytesPerSecond(rate(taker.name(), taker.ledger().bytes(), nowNanos)),
                    limited ? Figures.bytesPerSecond(taker.bytesPerSecond()) : "none",
                    Figures.count(taker.ledger().records()),
                    Figures.bytes(taker.ledger().bytes()),
                    Figures.count(
                            Math.max(0, feeder.acknowledged() - taker.ledger().records())),
                    limited ? Figures.perSecond(rate(taker.name() + " asks", asked, nowNanos)) : "all");
        }
        lines.addAll(table.lines());
        lines.add(String.format(
                "broker    heap %s, direct %s, %s",
                Figures.bytes(memory.heap()), Figures.bytes(memory.sampleDirect()), broker.figures()));
        lines.add("");
        return lines;
    }

    private double rate(String name, long bytes, long nowNanos) {
        return meters.computeIfAbsent(name, key -> new RateMeter()).sample(bytes, nowNanos);
    }
}

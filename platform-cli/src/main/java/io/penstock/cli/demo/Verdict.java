package io.penstock.cli.demo;

import io.penstock.cli.terminal.Figures;
import java.util.ArrayList;
import java.util.List;

/** What the demo claims, checked: each broken claim is a sentence. */
final class Verdict {

    private static final double TOLERANCE = 0.10;

    private final List<String> broken = new ArrayList<>();

    void checkProducer(Feeder feeder) {
        require(
                feeder.acknowledged() == feeder.records(),
                "the producer sent " + feeder.records() + " records, and " + feeder.acknowledged()
                        + " were acknowledged");
        require(feeder.weaker() == 0, feeder.weaker() + " records were acknowledged before they were forced to disk");
    }

    /** Whether a consumer has taken what it may, so far. */
    static boolean keepsPace(Taker taker) {
        return Math.abs(taker.pacedRate() / taker.bytesPerSecond() - 1) <= TOLERANCE;
    }

    void checkTaker(Taker taker, long sent) {
        require(
                keepsPace(taker),
                taker.name() + " took " + Figures.bytesPerSecond(taker.pacedRate()) + ", not within 10 % of "
                        + Figures.bytesPerSecond(taker.bytesPerSecond()));
        Ledger ledger = taker.ledger();
        require(ledger.lost(sent) == 0, taker.name() + " lost " + ledger.lost(sent) + " records");
        require(ledger.repeated() == 0, taker.name() + " got " + ledger.repeated() + " records twice");
        require(ledger.disordered() == 0, taker.name() + " got " + ledger.disordered() + " records out of order");
        require(ledger.altered() == 0, taker.name() + " got " + ledger.altered() + " records with another text");
    }

    void checkMemory(MemoryWatch memory, MemoryBound bound) {
        require(
                memory.heapPeak() <= bound.heapBytes(),
                "the heap held " + Figures.bytes(memory.heapPeak()) + ", more than "
                        + Figures.bytes(bound.heapBytes()));
        require(
                memory.directPeak() <= bound.directBytes(),
                "direct memory was " + Figures.bytes(memory.directPeak()) + ", more than "
                        + Figures.bytes(bound.directBytes()));
    }

    /** The claims that do not hold; empty if all do. */
    List<String> broken() {
        return List.copyOf(broken);
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            broken.add(otherwise);
        }
    }
}

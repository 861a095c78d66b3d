package io.penstock.cli.perf;

import io.penstock.cli.terminal.Figures;
import java.util.ArrayList;
import java.util.List;

/**
 * What the consumers of a measurement have received together.
 *
 * @param rate from the first record of the first consumer to the last one of the last
 * @param missing offsets that were left out
 * @param repeated records that came again, or after later ones
 * @param fingerprint of the values
 */
record ConsumeReport(RateReport rate, long missing, long repeated, long fingerprint) {

    static ConsumeReport of(List<ReceivedTally> tallies) {
        long start = Long.MAX_VALUE;
        long end = Long.MIN_VALUE;
        long records = 0;
        long bytes = 0;
        long missing = 0;
        long repeated = 0;
        Fingerprint fingerprint = new Fingerprint();
        for (ReceivedTally tally : tallies) {
            start = Math.min(start, tally.startNanos());
            end = Math.max(end, tally.endNanos());
            records += tally.records();
            bytes += tally.bytes();
            missing += tally.order().missing();
            repeated += tally.order().repeated();
            fingerprint.add(tally.fingerprint());
        }
        return new ConsumeReport(new RateReport(records, bytes, end - start), missing, repeated, fingerprint.sum());
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("consumed " + rate.describe());
        if (missing > 0) {
            lines.add(Figures.count(missing) + " offsets were left out: compacted, deleted meanwhile, or lost");
        }
        return lines;
    }
}

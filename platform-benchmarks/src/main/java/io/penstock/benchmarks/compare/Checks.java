package io.penstock.benchmarks.compare;

/** Holds what a client reports against what it was to do. */
final class Checks {

    private static final double ROUNDING = 1e-3;

    private Checks() {}

    /** @throws ComparisonFailure if it counted other than the load's records, of other than their size */
    static void counts(Contender contender, ToolReport report, Load load) {
        long records = load.records();
        if (report.records() != records) {
            throw new ComparisonFailure(
                    contender.title() + " counted " + report.records() + " records and not " + records);
        }
        long bytes = records * load.values().bytes();
        // Kafka's tool rounds mebibytes to four digits
        if (Math.abs(report.bytes() - bytes) > bytes * ROUNDING) {
            throw new ComparisonFailure(contender.title() + " counted " + report.bytes() + " bytes and not " + bytes);
        }
    }

    /** @throws ComparisonFailure if what a client looked at while it received is not what was sent */
    static void received(Contender contender, ToolReport report, long fingerprint) {
        report.received().ifPresent(received -> {
            if (received.missing() > 0 || received.repeated() > 0) {
                throw new ComparisonFailure(contender.title() + " missed " + received.missing()
                        + " offsets, and received " + received.repeated() + " records again or out of order");
            }
            if (received.fingerprint() != fingerprint) {
                throw new ComparisonFailure(contender.title() + " received other values than were sent");
            }
        });
    }
}

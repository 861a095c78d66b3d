package io.penstock.benchmarks.compare;

/** What was measured is not what was to be measured, or could not be: there is no number. */
final class ComparisonFailure extends RuntimeException {

    ComparisonFailure(String message) {
        super(message);
    }

    ComparisonFailure(String message, Throwable cause) {
        super(message, cause);
    }
}

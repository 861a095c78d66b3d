package io.penstock.server.coordinator.group;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicNames;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression of {@link Pattern} for whole names of topics. It never matches an internal topic. Matching has a
 * budget of steps: an expression that goes back over its input without end would hold up every group.
 */
final class TopicPattern {

    /** The longest expression, in characters. */
    static final int MAX_LENGTH = 1_000;

    private static final int MAX_STEPS = 100_000;

    /** Whether a name matches. */
    enum Match {
        YES,
        NO,
        /** Nobody knows: it would take too long. */
        TOO_LONG
    }

    private final Pattern pattern;

    private TopicPattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /** @throws PenstockException INVALID_REGULAR_EXPRESSION if it is none or too long */
    static TopicPattern of(String expression) {
        if (expression.length() > MAX_LENGTH) {
            throw invalid(expression.substring(0, 32) + "…", "it has more than " + MAX_LENGTH + " characters");
        }
        try {
            return new TopicPattern(Pattern.compile(expression));
        } catch (PatternSyntaxException e) {
            throw invalid(expression, e.getDescription() + " near character " + (e.getIndex() + 1));
        }
    }

    Match matches(String name) {
        if (TopicNames.isInternal(name)) {
            return Match.NO;
        }
        try {
            return pattern.matcher(new Metered(name, new int[] {MAX_STEPS})).matches() ? Match.YES : Match.NO;
        } catch (TooManyStepsException e) {
            return Match.TOO_LONG;
        }
    }

    static PenstockException invalid(String expression, String why) {
        return new PenstockException(
                ErrorCode.INVALID_REGULAR_EXPRESSION, "'" + expression + "' can't be used as a pattern: " + why);
    }

    /** Counts how often a character is looked at. */
    private record Metered(CharSequence text, int[] left) implements CharSequence {

        @Override
        public char charAt(int index) {
            if (--left[0] < 0) {
                throw new TooManyStepsException();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Metered(text.subSequence(start, end), left);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }

    private static final class TooManyStepsException extends RuntimeException {
        TooManyStepsException() {
            super(null, null, false, false);
        }
    }
}

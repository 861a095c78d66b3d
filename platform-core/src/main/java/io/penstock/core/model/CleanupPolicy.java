package io.penstock.core.model;

import java.util.Locale;

/** What becomes of old records: {@code cleanup.policy}, which can be several. */
public enum CleanupPolicy {
    /** They go by age and size. */
    DELETE,
    /** They go when a later record has their key. */
    COMPACT;

    /** The value as topic settings spell it. */
    public String configValue() {
        return name().toLowerCase(Locale.ROOT);
    }
}

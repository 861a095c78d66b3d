package io.penstock.core.model;

import java.util.Locale;

/** What a topic's high watermark waits for, and so what {@link Acks#ALL} means for it. */
public enum Durability {
    /** The in-sync replicas have the batch in their page cache. Survives the death of processes, not a power cut. */
    REPLICATED,
    /** The batch is forced to the device too. Survives a power cut. */
    FSYNC;

    /** The value as topic settings spell it. */
    public String configValue() {
        return name().toLowerCase(Locale.ROOT);
    }
}

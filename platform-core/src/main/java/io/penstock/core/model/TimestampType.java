package io.penstock.core.model;

/** Whose clock a record's timestamp comes from; bit 3 of a batch's attributes. */
public enum TimestampType {
    /** The producer's, one a record. */
    CREATE_TIME("CreateTime"),
    /** The broker's, one a batch, set at the append. */
    LOG_APPEND_TIME("LogAppendTime");

    private final String configValue;

    TimestampType(String configValue) {
        this.configValue = configValue;
    }

    /** The value as topic settings spell it. */
    public String configValue() {
        return configValue;
    }
}

package io.penstock.core.config;

/** Where a value comes from. */
public enum SettingSource {
    /** The declaration. */
    DEFAULT,
    /** The broker's configuration. */
    BROKER,
    /** The topic's own configuration. */
    TOPIC
}

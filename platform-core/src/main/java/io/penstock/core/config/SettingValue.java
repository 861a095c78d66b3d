package io.penstock.core.config;

/**
 * One setting with its effective value.
 *
 * @param setting the declaration
 * @param text the value as text
 * @param source where it comes from
 */
public record SettingValue(Setting<?> setting, String text, SettingSource source) {}

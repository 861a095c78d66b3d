package io.penstock.core.config;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The values of a set of declared settings, each with its source. */
public final class Settings {

    private record Entry(Object value, SettingSource source) {}

    private final List<Setting<?>> declared;
    private final Map<Setting<?>, Entry> given;

    private Settings(List<Setting<?>> declared, Map<Setting<?>, Entry> given) {
        this.declared = declared;
        this.given = given;
    }

    /** The declared settings with their defaults. */
    public static Settings defaults(List<Setting<?>> declared) {
        return new Settings(List.copyOf(declared), Map.of());
    }

    /**
     * These settings with some values replaced.
     *
     * @throws PenstockException with {@link ErrorCode#INVALID_CONFIG} for a key that is not declared or a value that is
     *     not allowed
     */
    public Settings with(Map<String, String> values, SettingSource source) {
        Map<String, Setting<?>> byKey = declared.stream().collect(Collectors.toMap(Setting::key, s -> s));
        Map<Setting<?>, Entry> merged = new IdentityHashMap<>(given);
        new HashMap<>(values).forEach((key, text) -> {
            Setting<?> setting = byKey.get(key);
            if (setting == null) {
                throw new PenstockException(
                        ErrorCode.INVALID_CONFIG,
                        "there is no setting '" + key + "'; there are "
                                + byKey.keySet().stream().sorted().collect(Collectors.joining(", ")));
            }
            if (text == null) {
                throw new PenstockException(ErrorCode.INVALID_CONFIG, key + " has no value");
            }
            merged.put(setting, new Entry(setting.parse(text), source));
        });
        return new Settings(declared, merged);
    }

    /** The effective value. */
    @SuppressWarnings("unchecked") // an entry's value was made by its setting's own parser
    public <T> T get(Setting<T> setting) {
        Entry entry = given.get(setting);
        if (entry != null) {
            return (T) entry.value;
        }
        if (!declared.contains(setting)) {
            throw new IllegalArgumentException(setting + " is not declared here");
        }
        return setting.defaultValue();
    }

    /** Where the effective value comes from. */
    public SettingSource sourceOf(Setting<?> setting) {
        Entry entry = given.get(setting);
        return entry == null ? SettingSource.DEFAULT : entry.source;
    }

    /** All settings in the order of their declaration. */
    public List<SettingValue> values() {
        return declared.stream().map(this::valueOf).toList();
    }

    /** The values that come from one source, as {@link #with} takes them. */
    public Map<String, String> from(SettingSource source) {
        Map<String, String> values = new LinkedHashMap<>();
        values().stream()
                .filter(value -> value.source() == source)
                .forEach(value -> values.put(value.setting().key(), value.text()));
        return values;
    }

    private <T> SettingValue valueOf(Setting<T> setting) {
        return new SettingValue(setting, setting.print(get(setting)), sourceOf(setting));
    }
}

package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.Durability;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {

    private static final Setting<Integer> SIZE = Setting.ofInt("size", 10, 1, 100, "How large.");
    private static final Setting<Long> AGE = Setting.ofLong("age", 5, 0, Long.MAX_VALUE, "How old.");
    private static final Setting<Boolean> OPEN = Setting.ofBoolean("open", true, "Whether open.");
    private static final Setting<Durability> DURABILITY =
            Setting.ofChoice("durability", Durability.FSYNC, Durability::configValue, "How durable.");
    private static final Setting<List<String>> NAMES = Setting.ofList("names", List.of("a"), "Who.");
    private static final Setting<String> TEXT = Setting.ofText("text", "t", "What.");
    private static final Settings DEFAULTS = Settings.defaults(List.of(SIZE, AGE, OPEN, DURABILITY, NAMES, TEXT));

    @Test
    void givesDefaultsUntilSomethingIsSet() {
        assertThat(DEFAULTS.get(SIZE)).isEqualTo(10);
        assertThat(DEFAULTS.sourceOf(SIZE)).isEqualTo(SettingSource.DEFAULT);
        assertThat(DEFAULTS.values())
                .extracting(SettingValue::text)
                .containsExactly("10", "5", "true", "fsync", "a", "t");
    }

    @Test
    void remembersWhereAValueComesFromAndLetsTheLaterOneWin() {
        Settings broker = DEFAULTS.with(Map.of("size", "20", "age", "7"), SettingSource.BROKER);
        Settings topic = broker.with(Map.of("size", "30"), SettingSource.TOPIC);

        assertThat(topic.get(SIZE)).isEqualTo(30);
        assertThat(topic.sourceOf(SIZE)).isEqualTo(SettingSource.TOPIC);
        assertThat(topic.sourceOf(AGE)).isEqualTo(SettingSource.BROKER);
        assertThat(topic.from(SettingSource.TOPIC)).isEqualTo(Map.of("size", "30"));
        assertThat(broker.get(SIZE)).as("settings don't change").isEqualTo(20);
    }

    @Test
    void readsEveryTypeAsItIsPrinted() {
        Settings read = DEFAULTS.with(
                Map.of("open", "false", "durability", "replicated", "names", " x, ,y ", "age", " 9 "),
                SettingSource.BROKER);

        assertThat(read.get(OPEN)).isFalse();
        assertThat(read.get(DURABILITY)).isEqualTo(Durability.REPLICATED);
        assertThat(read.get(NAMES)).containsExactly("x", "y");
        assertThat(read.get(AGE)).isEqualTo(9);
        assertThat(DEFAULTS.with(read.from(SettingSource.BROKER), SettingSource.BROKER)
                        .values())
                .isEqualTo(read.values());
    }

    @Test
    void refusesWhatIsNotAllowedAndSaysWhatIs() {
        assertRefused("size", "0", "size = '0'", "1 to 100");
        assertRefused("size", "101", "1 to 100");
        assertRefused("size", "1.5", "whole number");
        assertRefused("age", "99999999999999999999", "age");
        assertRefused("open", "yes", "true or false");
        assertRefused("durability", "FSYNC", "fsync, replicated");
        assertRefused("colour", "red", "'colour'", "size");
        assertRefused("size", null, "size has no value");
    }

    private static void assertRefused(String key, String text, String... words) {
        Map<String, String> values = new HashMap<>();
        values.put(key, text);
        assertThatThrownBy(() -> DEFAULTS.with(values, SettingSource.BROKER))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIG))
                .hasMessageContainingAll(words);
    }

    @Test
    void refusesADeclarationWhoseDefaultBreaksItsOwnRule() {
        assertThatThrownBy(() -> Setting.ofInt("x", 0, 1, 2, "")).isInstanceOf(PenstockException.class);
    }

    @Test
    void knowsOnlyWhatIsDeclared() {
        Setting<Integer> other = Setting.ofInt("other", 1, 0, 2, "");

        assertThatThrownBy(() -> DEFAULTS.get(other)).isInstanceOf(IllegalArgumentException.class);
    }
}

package io.penstock.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.config.SettingSource;
import io.penstock.core.config.SettingValue;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.transport.Endpoint;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class BrokerConfigTest {

    @Test
    void readsPropertiesAndRemembersWhatWasSet() {
        Properties properties = new Properties();
        properties.setProperty("num.partitions", " 4 ");
        properties.setProperty("listeners", "penstock://0.0.0.0:9000, local:x");

        BrokerConfig config = BrokerConfig.fromProperties(properties);

        assertThat(config.get(BrokerSettings.NUM_PARTITIONS)).isEqualTo(4);
        assertThat(config.endpoints())
                .containsExactly(Endpoint.parse("penstock://0.0.0.0:9000"), Endpoint.parse("local:x"));
        assertThat(config.values())
                .filteredOn(value -> value.source() == SettingSource.BROKER)
                .extracting(SettingValue::text)
                .containsExactly("penstock://0.0.0.0:9000,local:x", "4");
    }

    @Test
    void namesKeyValueAndRuleOfWhatItRefuses() {
        assertRefused(Map.of("num.partitions", "0"), "num.partitions = '0'", "1 to 10000");
        assertRefused(Map.of("num.partition", "1"), "'num.partition'", "num.partitions");
        assertRefused(Map.of("auto.create.topics.enable", "yes"), "true or false");
        assertRefused(Map.of("durability", "maybe"), "fsync, replicated");
        assertRefused(Map.of("listeners", ""), "listeners is empty");
        assertRefused(Map.of("listeners", "http://x"), "http://x");
        assertRefused(Map.of("frame.max.bytes", "65536"), "message.max.bytes = 1048588");
        assertRefused(Map.of("unfinished.total.max.bytes", "8388607"), "unfinished.total.max.bytes", "frame.max.bytes");
        assertRefused(
                Map.of("unsent.total.max.bytes", "1", "unsent.connection.max.bytes", "2"), "unsent.total.max.bytes");
    }

    private static void assertRefused(Map<String, String> values, String... words) {
        assertThatThrownBy(() -> BrokerConfig.fromProperties(values))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIG))
                .hasMessageContainingAll(words);
    }

    @Test
    void documentsEverySetting() {
        assertThat(BrokerConfig.builder().build().values())
                .hasSameSizeAs(BrokerSettings.ALL)
                .allSatisfy(value -> {
                    assertThat(value.setting().documentation()).endsWith(".");
                    assertThat(value.source()).isEqualTo(SettingSource.DEFAULT);
                });
    }
}

package io.penstock.core.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.internals.Topic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicNamesTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", "orders", "A.b_c-9", "...", "__internal"})
    void acceptsLegalNames(String name) {
        assertThatCode(() -> TopicNames.check(name)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a b", "a/b", "ä", "a\n"})
    void refusesIllegalNames(String name) {
        assertThatThrownBy(() -> TopicNames.check(name))
                .isInstanceOfSatisfying(
                        PenstockException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_TOPIC));
    }

    @Test
    void refusesNamesThatAreTooLongForAFile() {
        TopicNames.check("x".repeat(249));
        assertThatThrownBy(() -> TopicNames.check("x".repeat(250))).hasMessageContaining("250");
    }

    @Property
    void agreesWithKafkaOnEveryName(@ForAll String name) {
        boolean legal = true;
        try {
            TopicNames.check(name);
        } catch (PenstockException e) {
            legal = false;
        }
        assertThat(legal).isEqualTo(Topic.isValid(name));
    }

    @Test
    void seesNamesCollideThatMetricsCanNotTellApart() {
        assertThat(TopicNames.collide("a.b", "a_b")).isTrue();
        assertThat(TopicNames.collide("a.b", "a.b")).isFalse();
        assertThat(TopicNames.collide("a.b", "a-b")).isFalse();
    }
}

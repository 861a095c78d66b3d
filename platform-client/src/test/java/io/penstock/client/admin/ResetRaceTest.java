package io.penstock.client.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.Await;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.error.PenstockException;
import io.penstock.core.model.TopicPartition;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** A member joins a group while somebody resets its offsets. */
class ResetRaceTest {

    private static final TopicPartition T0 = new TopicPartition("t", 0);

    private final ScriptedBroker broker = ScriptedBroker.start().topic("t", 1);
    private final PenstockClient client = PenstockClient.connect(broker.endpoint());

    @AfterEach
    void stop() {
        client.closeNow();
        broker.close();
    }

    @Test
    void saysThatTheGroupHasMembersAndNotThatItLacksOne() {
        broker.coordinator().refuse(T0, ErrorCode.UNKNOWN_MEMBER_ID);

        StepVerifier.create(client.admin().resetOffsets("billing", Map.of(T0, OffsetTarget.latest()), false))
                .expectErrorSatisfies(error -> {
                    assertThat(((PenstockException) error).code()).isEqualTo(ErrorCode.NON_EMPTY_GROUP);
                    assertThat(error).hasMessageContaining("group billing");
                })
                .verify(Await.TIMEOUT);
    }
}

package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProducerBatchTest {

    @Test
    void givesItsMemoryBackBeforeAnybodyHearsOfTheAnswer() {
        BufferMemory memory = new BufferMemory(1_000);
        assertThat(memory.tryReserve(500)).isTrue();
        ProducerBatch batch = new ProducerBatch("t", 0, Compression.NONE, 500, memory, () -> {});
        List<Long> usedThen = new ArrayList<>();
        batch.whenAnswered(() -> usedThen.add(memory.usedBytes()));

        batch.giveUp(ErrorCode.REQUEST_TIMED_OUT, "on purpose", null);

        batch.build(); // which finds it answered, and releases what was for its records
        assertThat(usedThen).containsExactly(0L);
    }
}

package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.Outcome;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ResultQueueTest {

    @Property
    void givesBackInOrderWhatWasPutIn(@ForAll long seed) {
        Random random = new Random(seed);
        ResultQueue queue = new ResultQueue();
        FailedRecord failed =
                new FailedRecord(new SendException(ErrorCode.NONE, Outcome.NOT_WRITTEN, "t", 0, "m", null));
        int in = 0;
        int out = 0;
        while (out < 3000) {
            for (int burst = random.nextInt(900); burst > 0; burst--) {
                queue.add(failed, 0, in, in);
                in++;
            }
            for (int burst = random.nextInt(900); burst > 0 && !queue.isEmpty(); burst--) {
                assertThat(queue.isHeadAnswered()).isTrue();
                SendResult result = queue.take();
                assertThat(result.timestamp()).isEqualTo(out);
                assertThat(result.correlation()).isEqualTo(out);
                out++;
            }
            assertThat(queue.size()).isEqualTo(in - out);
        }
    }
}

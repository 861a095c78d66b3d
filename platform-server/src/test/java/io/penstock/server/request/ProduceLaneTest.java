package io.penstock.server.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.protocol.ProduceRequest;
import io.rsocket.Payload;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

class ProduceLaneTest {

    private static final class Inbound implements Subscription {
        private boolean isCancelled;
        private long requested;

        @Override
        public void request(long n) {
            requested += n;
        }

        @Override
        public void cancel() {
            isCancelled = true;
        }
    }

    private static final class Outbound extends BaseSubscriber<Payload> {
        private boolean isComplete;

        @Override
        protected void hookOnComplete() {
            isComplete = true;
        }
    }

    /** The inbound side comes after the lane has begun, and so after it has ended. */
    @Test
    void cancelsTheInboundSideOfALaneThatIsOpenedWhileTheBrokerStops() {
        OpenStreams streams = new OpenStreams();
        streams.finish().subscribe();
        Outbound outbound = new Outbound();
        Inbound inbound = new Inbound();
        ProduceLane lane = lane(outbound, streams);

        lane.start();
        lane.onSubscribe(inbound);

        assertThat(outbound.isComplete).isTrue();
        assertThat(inbound.isCancelled).isTrue();
        assertThat(inbound.requested).isZero();
        assertThat(streams.count()).isZero();
    }

    private static ProduceLane lane(Outbound outbound, OpenStreams streams) {
        ProduceResources resources = new ProduceResources(
                new ProduceLimits(8, 100, 64), new ProduceBudget(1 << 20), new PartitionLookup(null, null, 0), streams);
        return new ProduceLane(outbound, payload -> new ProduceRequest(1, -1), resources, ByteBufAllocator.DEFAULT);
    }
}

package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.rsocket.frame.FrameType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

/** The decoder on channels whose clock stands still unless the test moves it. */
class FrameDecoderTest {

    private static final int MAX_FRAME_BYTES = 4 << 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final LeakProbe leaks = new LeakProbe();
    private final TransportMetrics metrics = new TransportMetrics();
    private final List<EmbeddedChannel> channels = new ArrayList<>();

    @AfterEach
    void endWithoutLeaks() {
        channels.forEach(channel -> {
            channel.close();
            channel.runPendingTasks();
            channel.releaseInbound();
        });
        leaks.assertNone();
    }

    private EmbeddedChannel channel(InboundBudget budget) {
        EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(
                MAX_FRAME_BYTES,
                FrameRules.ofClient(),
                budget,
                TIMEOUT,
                new ViolationLog(metrics, () -> 0, Level.WARN),
                metrics));
        channel.freezeTime();
        channels.add(channel);
        return channel;
    }

    /** A frame with its length field. */
    private static byte[] payload(int dataBytes) {
        ByteBuf frame = Unpooled.buffer().writeMedium(6 + dataBytes).writeInt(1);
        frame.writeShort(FrameType.PAYLOAD.getEncodedType() << 10 | 0x20).writeZero(dataBytes);
        return ByteBufUtil.getBytes(frame);
    }

    private static void send(EmbeddedChannel channel, byte[] bytes, int from, int to) {
        ByteBuf read = channel.alloc().directBuffer(Math.max(1, to - from));
        channel.writeInbound(read.writeBytes(bytes, from, to - from));
    }

    private static void pass(EmbeddedChannel channel, Duration time) {
        channel.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    @Test
    void holdsNoMoreThanTwiceWhatHasComeOfAFrameWhateverItAnnounces() {
        InboundBudget budget = new InboundBudget(2 * MAX_FRAME_BYTES);
        EmbeddedChannel channel = channel(budget);
        byte[] frame = payload(MAX_FRAME_BYTES - 6);

        send(channel, frame, 0, 20);
        assertThat(budget.usedBytes()).isEqualTo(256);
        for (int sent = 20; sent < frame.length - 10_000; sent += 10_000) {
            send(channel, frame, sent, sent + 10_000);
            assertThat(budget.usedBytes()).isBetween(sent + 10_000L, 2L * (sent + 10_000));
        }
    }

    @Test
    void keepsNothingOfTheReadBufferInWhichAFrameBegins() {
        InboundBudget budget = new InboundBudget(MAX_FRAME_BYTES);
        EmbeddedChannel channel = channel(budget);
        byte[] frame = payload(1_000);
        ByteBuf read = channel.alloc().directBuffer(1 << 20).writeBytes(frame, 0, 10);

        channel.writeInbound(read);

        assertThat(read.refCnt()).isZero();
        assertThat(budget.usedBytes()).isEqualTo(256);
    }

    @Test
    void cutsTheSameFramesHoweverTheBytesCome() {
        Random random = new Random(11);
        for (int round = 0; round < 60; round++) {
            InboundBudget budget = new InboundBudget(MAX_FRAME_BYTES);
            EmbeddedChannel channel = channel(budget);
            ByteBuf wire = Unpooled.buffer();
            List<byte[]> sent = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                byte[] frame = payload(random.nextInt(round < 30 ? 8 : 3_000));
                for (int at = 9; at < frame.length; at++) {
                    frame[at] = (byte) random.nextInt();
                }
                sent.add(frame);
                wire.writeBytes(frame);
            }
            byte[] bytes = ByteBufUtil.getBytes(wire);
            int from = 0;
            while (from < bytes.length) {
                int to = Math.min(bytes.length, from + 1 + random.nextInt(round < 30 ? 5 : 4_000));
                send(channel, bytes, from, to);
                from = to;
            }
            for (byte[] frame : sent) {
                ByteBuf received = channel.readInbound();
                assertThat(ByteBufUtil.getBytes(received))
                        .isEqualTo(ByteBufUtil.getBytes(
                                Unpooled.wrappedBuffer(frame).skipBytes(3)));
                received.release();
            }
            assertThat(channel.<Object>readInbound()).isNull();
            assertThat(budget.usedBytes()).isZero();
        }
    }

    @Test
    void closesAConnectionWhoseFrameDoesNotEndInTime() {
        InboundBudget budget = new InboundBudget(MAX_FRAME_BYTES);
        EmbeddedChannel channel = channel(budget);
        byte[] frame = payload(1_000);

        for (int second = 0; second < 29; second++) {
            send(channel, frame, second, second + 1);
            pass(channel, Duration.ofSeconds(1));
        }
        assertThat(channel.isOpen()).isTrue();
        pass(channel, Duration.ofSeconds(1));

        assertThat(channel.isOpen()).isFalse();
        assertThat(metrics.closed(Violation.SLOW_FRAME)).isEqualTo(1);
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void countsTheTimeOfEachFrameAnew() {
        EmbeddedChannel channel = channel(new InboundBudget(MAX_FRAME_BYTES));
        byte[] frame = payload(10);

        send(channel, frame, 0, 5);
        for (int i = 0; i < 10; i++) {
            pass(channel, Duration.ofSeconds(20));
            send(channel, frame, 5, frame.length);
            send(channel, frame, 0, 5);
        }
        assertThat(channel.isOpen()).isTrue();
        assertThat(channel.inboundMessages()).hasSize(10);

        pass(channel, Duration.ofSeconds(30));
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void givesUpTheUnfinishedFrameThatCostMostWhenThereIsNoRoom() {
        InboundBudget budget = new InboundBudget(10_000);
        byte[] frame = payload(5_000);
        EmbeddedChannel oldAndSmall = channel(budget);
        send(oldAndSmall, frame, 0, 10);
        EmbeddedChannel oldAndLarge = channel(budget);
        send(oldAndLarge, frame, 0, 4_000);
        channels.forEach(channel -> pass(channel, Duration.ofSeconds(5)));
        EmbeddedChannel fresh = channel(budget);
        fresh.advanceTimeBy(5_001, TimeUnit.MILLISECONDS);

        send(fresh, frame, 0, 4_900);
        channels.forEach(EmbeddedChannel::runPendingTasks);

        assertThat(oldAndLarge.isOpen()).isFalse();
        assertThat(metrics.closed(Violation.UNFINISHED_FRAME)).isEqualTo(1);
        assertThat(oldAndSmall.isOpen()).isTrue();
        send(fresh, frame, 4_900, frame.length);
        assertThat(fresh.inboundMessages()).hasSize(1);
        assertThat(budget.usedBytes()).isEqualTo(256);
    }

    @Test
    void giveBackIsExactWhenAConnectionThatIsGivenUpGoesOnSending() {
        InboundBudget budget = new InboundBudget(5_100);
        byte[] frame = payload(5_000);
        EmbeddedChannel peer = channel(budget);
        send(peer, frame, 0, 2_000);
        EmbeddedChannel other = channel(budget);
        other.advanceTimeBy(1, TimeUnit.SECONDS);
        ByteBuf read = other.alloc().directBuffer().writeBytes(frame, 0, 1_000);
        other.writeInbound(read);

        send(peer, frame, 2_000, 3_000);
        channels.forEach(EmbeddedChannel::runPendingTasks);
        channels.forEach(EmbeddedChannel::close);

        assertThat(budget.usedBytes()).isZero();
    }
}

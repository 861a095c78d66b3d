package io.penstock.client.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.client.Await;
import io.penstock.client.ClientOptions;
import io.penstock.client.PenstockClient;
import io.penstock.client.ScriptedBroker;
import io.penstock.client.ScriptedLane;
import io.penstock.client.connection.Backoff;
import io.penstock.client.connection.Connections;
import io.penstock.client.metadata.ClusterMetadata;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.runtime.NodeRuntime;
import io.penstock.core.transport.Endpoint;
import io.penstock.core.transport.LeakProbe;
import io.penstock.core.transport.TransportClient;
import io.penstock.core.transport.TransportLimits;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** How channels begin, and what ends in an orderly way: a channel that the broker replaces, and a source that is closed. */
class RolloverTest {

    private static final Backoff ENDLESS = new Backoff(Duration.ofHours(1), Duration.ofHours(1), 0);

    @Test
    void replacesAChannelThatTheBrokerEndedWithoutAPause() {
        LeakProbe leaks = new LeakProbe();
        ScriptedBroker broker = ScriptedBroker.start().topic("t", 1);
        PenstockClient client = PenstockClient.connect(
                ClientOptions.builder(broker.endpoint()).backoff(ENDLESS).build());
        Producer<String, String> producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()));
        ProducerRecord<String, String> record = ProducerRecord.of("t", "v");
        assertThat(producer.send(record).block(Await.TIMEOUT).offset()).isZero();
        broker.lane(0).rollOver();
        assertThat(producer.send(record).block(Await.TIMEOUT).offset()).isEqualTo(1);
        assertThat(broker.lanes()).hasSize(2);
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    @Test
    void beginsAChannelWithAFewBatchesAndSendsTwoForEachAnswer() {
        LeakProbe leaks = new LeakProbe();
        int batches = LaneChannel.FIRST_WINDOW + 4;
        int apart = 8; // so that they are on one channel
        ScriptedBroker broker = ScriptedBroker.start()
                .topic("t", apart * batches)
                .answering(false)
                .initialCredit(batches);
        PenstockClient client = PenstockClient.connect(broker.endpoint());
        Producer<String, String> producer = client.producer(ProducerOptions.of(Serdes.string(), Serdes.string()));
        Flux.range(0, batches)
                .map(number -> ProducerRecord.<String, String>of("t", "v").withPartition(apart * number))
                .flatMap(producer::send, batches)
                .subscribe();
        ScriptedLane lane = broker.lane(0);
        lane.arrived(LaneChannel.FIRST_WINDOW - 1);
        assertThat(lane.arrived()).hasSize(LaneChannel.FIRST_WINDOW);
        lane.ack(lane.arrived(0), 0);
        lane.arrived(LaneChannel.FIRST_WINDOW + 1);
        assertThat(lane.arrived()).hasSize(LaneChannel.FIRST_WINDOW + 2);
        client.closeNow();
        broker.close();
        leaks.assertNone();
    }

    /** A record may come beside a cancel, when the buffer has been given back already. */
    @Test
    void refusesARecordThatComesAfterTheBufferWasGivenBack() {
        NodeRuntime runtime = NodeRuntime.create("rollover-test");
        ProducerOptions<String, String> options = ProducerOptions.of(Serdes.string(), Serdes.string());
        Accumulator accumulator = new Accumulator(options, runtime, null);
        Connections connections = new Connections(
                new TransportClient(runtime.loops(), TransportLimits.DEFAULTS),
                new Connections.Settings(
                        List.of(Endpoint.parse("local:nobody")),
                        "rollover-test",
                        TransportLimits.DEFAULTS.maxFrameBytes(),
                        1,
                        ENDLESS),
                runtime);
        ClusterMetadata metadata = new ClusterMetadata(connections, ENDLESS, Duration.ofSeconds(1), runtime, true);
        Lanes lanes = new Lanes(
                1,
                metadata,
                new Lanes.Settings(options.acks(), 100, ENDLESS, Duration.ofSeconds(1), runtime),
                (topic, code) -> {});
        ProducerTopics topics = new ProducerTopics(metadata, lanes, accumulator, ENDLESS, runtime);
        RecordAppender<String, String> appender =
                new RecordAppender<>(options, topics, accumulator, runtime, () -> false, () -> {}, () -> {});
        appender.close();
        appender.close();
        assertThat(appender.append(ProducerRecord.of("t", "v"))).isEqualTo(RecordAppender.Attempt.PLACED);
        SendException error = appender.batch().result(0, 0, null).error();
        assertThat(error.code()).isEqualTo(ErrorCode.CLIENT_CLOSED);
        topics.close();
        connections.close();
        accumulator.close();
        runtime.close().block(Await.TIMEOUT);
    }
}

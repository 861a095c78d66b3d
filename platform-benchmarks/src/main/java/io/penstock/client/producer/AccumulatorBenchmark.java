package io.penstock.client.producer;

import io.netty.buffer.ByteBuf;
import io.penstock.benchmarks.parts.PartBenchmark;
import io.penstock.benchmarks.parts.SampleBatches;
import io.penstock.cli.perf.Payloads;
import io.penstock.client.metadata.TopicView;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.compression.Compression;
import io.penstock.core.model.Guarantee;
import io.penstock.core.protocol.Metadata.PartitionImage;
import io.penstock.core.protocol.ProduceAck;
import io.penstock.core.record.RecordHeaders;
import io.penstock.core.runtime.NodeRuntime;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Records that are serialized go into the open batches of their partitions, one by one; the batches are closed, built, taken
 * and answered. An operation is a record.
 */
@OperationsPerInvocation(SampleBatches.RECORDS)
public class AccumulatorBenchmark extends PartBenchmark {

    private static final long TIMESTAMP = 1_700_000_000_000L;
    private static final BatchOwner OWNER = () -> {};

    @Param({"100", "1024"})
    public int valueBytes;

    /** Which get the records in turn. */
    @Param({"1", "16"})
    public int partitions;

    @Param({"NONE", "LZ4"})
    public Compression compression;

    private NodeRuntime runtime;
    private Accumulator accumulator;
    private PartitionQueue[] queues;
    private Placement placement;
    private Payloads payloads;

    @Setup
    public void make() {
        payloads = Payloads.of(Payloads.Kind.realistic, valueBytes, false);
        runtime = NodeRuntime.create("part");
        accumulator = new Accumulator(
                ProducerOptions.builder(Serdes.bytes(), Serdes.bytes())
                        .compression(compression)
                        .batching(Batching.DEFAULTS.withLinger(Duration.ofHours(1)))
                        .build(),
                runtime,
                null);
        placement = new Placement(accumulator.memory());
        List<PartitionImage> images = IntStream.range(0, partitions)
                .mapToObj(number -> new PartitionImage(number, 0, 0, List.of(0), List.of(0)))
                .toList();
        queues = new ProducerTopic("measured", runtime.random())
                .know(new TopicView("measured", new UUID(0, 1), 0, images), accumulator);
    }

    @TearDown
    public void close() {
        accumulator.close();
        runtime.close().block();
    }

    @Benchmark
    public void append() {
        for (int i = 0; i < SampleBatches.RECORDS; i++) {
            byte[] value = payloads.next();
            PartitionQueue queue = queues[i % queues.length];
            int missing =
                    queue.append(TIMESTAMP + i, value, -1, value.length, RecordHeaders.EMPTY, false, OWNER, placement);
            if (missing != 0) {
                throw new IllegalStateException(missing + " bytes of memory are missing");
            }
        }
        accumulator.closeOpen();
        for (PartitionQueue queue : queues) {
            answerAll(queue);
        }
    }

    private static void answerAll(PartitionQueue queue) {
        for (ProducerBatch batch = queue.pollBuilt(); batch != null; batch = queue.pollBuilt()) {
            ByteBuf element = queue.take(batch);
            if (element == null) {
                throw new IllegalStateException("a batch was given up");
            }
            element.release();
            queue.onAnswer(batch, ProduceAck.committed(0, Guarantee.LEADER, 0, -1, 0));
        }
    }
}

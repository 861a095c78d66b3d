package io.penstock.client.consumer;

import io.netty.buffer.ByteBuf;
import io.penstock.benchmarks.parts.PartBenchmark;
import io.penstock.benchmarks.parts.SampleBatches;
import io.penstock.cli.perf.Payloads;
import io.penstock.client.group.Acknowledger;
import io.penstock.client.serialization.Deserializer;
import io.penstock.client.serialization.Serdes;
import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.model.TopicPartition;
import io.penstock.core.protocol.FetchHeader;
import io.penstock.core.protocol.codec.FetchElementCodec;
import io.penstock.core.record.BatchLimits;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** A client's way from a fetch element to records: header, CRC, decompression, deserializer. An operation is a record. */
@OperationsPerInvocation(SampleBatches.RECORDS)
public class DecodeBenchmark extends PartBenchmark {

    private static final TopicPartition PARTITION = new TopicPartition("measured", 0);

    @Param({"100", "1024"})
    public int valueBytes;

    @Param({"NONE", "LZ4", "ZSTD"})
    public Compression compression;

    private final RecordDecoder<byte[], byte[]> bytes = decoder(Serdes.bytes());
    private final RecordDecoder<byte[], String> strings = decoder(Serdes.string());
    private SampleBatches elements;

    private static <V> RecordDecoder<byte[], V> decoder(Deserializer<V> values) {
        return new RecordDecoder<>(Serdes.bytes(), values);
    }

    @Setup
    public void make() {
        elements = new SampleBatches(Payloads.Kind.realistic, valueBytes, compression, FetchElementCodec.HEADER_BYTES);
        FetchHeader header = new FetchHeader(false, ErrorCode.NONE, 0, 0, 0, 0, 0);
        elements.all().forEach(element -> FetchElementCodec.setHeader(element, header));
    }

    @TearDown
    public void release() {
        elements.release();
    }

    @Benchmark
    public void toBytes(Blackhole sink) {
        decode(bytes, sink);
    }

    @Benchmark
    public void toStrings(Blackhole sink) {
        decode(strings, sink);
    }

    private void decode(RecordDecoder<?, ?> decoder, Blackhole sink) {
        for (int i = 0; i < elements.perInvocation(); i++) {
            Payload payload = ByteBufPayload.create(elements.next().retainedDuplicate());
            ByteBuf data = payload.sliceData();
            ReceivedElement element = new ReceivedElement(payload, data, FetchElementCodec.decodeHeader(data));
            while (element.next()) {
                element.batch().ensureValid(BatchLimits.DEFAULTS);
                decoder.open(PARTITION, data, element.batch(), Acknowledger.NONE);
                while (decoder.nextFrom(0)) {
                    sink.consume(decoder.decode());
                }
                decoder.close();
            }
            element.release();
        }
    }
}

package io.penstock.benchmarks.parts;

import io.netty.buffer.ByteBuf;
import io.penstock.cli.perf.Payloads;
import io.penstock.core.compression.Compression;
import io.penstock.core.error.ErrorCode;
import io.penstock.core.protocol.FetchHeader;
import io.penstock.core.protocol.ProduceHeader;
import io.penstock.core.protocol.codec.FetchElementCodec;
import io.penstock.core.protocol.codec.ProduceElementCodec;
import java.util.UUID;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the protocol puts before the batches of an element, to be written and read. An operation is an element; its batches are
 * not touched.
 */
public class ElementHeaderBenchmark extends PartBenchmark {

    private static final int VALUE_BYTES = 1024;
    private static final UUID TOPIC = new UUID(1, 2);

    private final SampleBatches produced = batches(ProduceElementCodec.HEADER_BYTES);
    private final SampleBatches fetched = batches(FetchElementCodec.HEADER_BYTES);
    private int count;

    @Setup
    public void setHeaders() {
        produced.all().forEach(element -> ProduceElementCodec.setHeader(element, produceHeader()));
        fetched.all().forEach(element -> FetchElementCodec.setHeader(element, fetchHeader()));
    }

    private static SampleBatches batches(int headroom) {
        return new SampleBatches(Payloads.Kind.text, VALUE_BYTES, Compression.NONE, headroom);
    }

    @TearDown
    public void release() {
        produced.release();
        fetched.release();
    }

    @Benchmark
    public ByteBuf encodeProduce() {
        ByteBuf element = produced.next();
        ProduceElementCodec.setHeader(element, produceHeader());
        return element;
    }

    @Benchmark
    public ProduceHeader decodeProduce() {
        return ProduceElementCodec.decodeHeader(produced.next());
    }

    @Benchmark
    public ByteBuf encodeFetch() {
        ByteBuf element = fetched.next();
        FetchElementCodec.setHeader(element, fetchHeader());
        return element;
    }

    @Benchmark
    public FetchHeader decodeFetch() {
        return FetchElementCodec.decodeHeader(fetched.next());
    }

    private ProduceHeader produceHeader() {
        return new ProduceHeader(count++, TOPIC, 3, 1);
    }

    private FetchHeader fetchHeader() {
        long next = count++;
        return new FetchHeader(false, ErrorCode.NONE, 1, next, next, 0, next);
    }
}

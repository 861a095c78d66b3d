package io.penstock.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * What a disk can do without Penstock: files that are written by 1,100 bytes at their ends and forced, each again as soon as it was,
 * with so many fsyncs at a time. The latency is from the write to the end of its fsync.
 *
 * <pre>
 * RawFsync DIRECTORY [seconds]
 * </pre>
 */
public final class RawFsync {

    private static final int WRITE_BYTES = 1100;

    /** A file with bytes that wait for their force. */
    private static final class Written {

        private final FileChannel channel;
        private final ByteBuffer bytes = ByteBuffer.allocateDirect(WRITE_BYTES);
        private long writtenNanos;

        Written(Path path) throws IOException {
            channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            write();
        }

        void write() throws IOException {
            writtenNanos = System.nanoTime();
            bytes.clear();
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        /** How long it took since the write. */
        long force() throws IOException {
            channel.force(true);
            return System.nanoTime() - writtenNanos;
        }
    }

    private RawFsync() {}

    /** Prints a line for each count of files and of fsyncs at a time. */
    public static void main(String[] args) throws Exception {
        Path root = Files.createDirectories(Path.of(args[0]));
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 2;
        for (int files : new int[] {1, 16, 256}) {
            for (int forces : new int[] {1, 4, 16, 64}) {
                if (forces <= files) {
                    measure(Files.createTempDirectory(root, "raw"), files, forces, seconds);
                }
            }
        }
    }

    private static void measure(Path directory, int count, int forces, int seconds) throws Exception {
        List<Written> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            files.add(new Written(directory.resolve("file-" + i)));
        }
        BlockingQueue<Written> waiting = new LinkedBlockingQueue<>(files);
        ExecutorService threads = Executors.newFixedThreadPool(forces);
        long start = System.nanoTime();
        long until = start + TimeUnit.SECONDS.toNanos(seconds);
        Callable<List<Long>> forcing = () -> {
            List<Long> nanos = new ArrayList<>();
            while (System.nanoTime() < until) {
                Written next = waiting.take();
                nanos.add(next.force());
                next.write();
                waiting.add(next);
            }
            return nanos;
        };
        List<Future<List<Long>>> results = new ArrayList<>();
        for (int i = 0; i < forces; i++) {
            results.add(threads.submit(forcing));
        }
        LongStream.Builder all = LongStream.builder();
        for (Future<List<Long>> result : results) {
            result.get().forEach(all::add);
        }
        double took = (System.nanoTime() - start) / 1e9;
        threads.shutdown();
        for (Written file : files) {
            file.channel.close();
        }
        long[] sorted = all.build().sorted().toArray();
        System.out.printf(
                "%4d files  %3d fsyncs at a time  %8.0f/s  p50 %8.2f ms  p99 %8.2f ms%n",
                count,
                forces,
                sorted.length / took,
                sorted[sorted.length / 2] / 1e6,
                sorted[(int) (sorted.length * 0.99)] / 1e6);
    }
}

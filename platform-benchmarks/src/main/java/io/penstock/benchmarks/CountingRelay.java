package io.penstock.benchmarks;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Passes RSocket connections on to a server and counts their frames; two threads a connection. */
final class CountingRelay implements AutoCloseable {

    private static final int LENGTH_BYTES = 3;
    /** A stream id, then the type and the flags. */
    private static final int TYPE_INDEX = 4;

    private static final Map<Integer, String> TYPES = Map.of(
            0x01, "SETUP",
            0x03, "KEEPALIVE",
            0x04, "REQUEST_RESPONSE",
            0x06, "REQUEST_STREAM",
            0x07, "REQUEST_CHANNEL",
            0x08, "REQUEST_N",
            0x09, "CANCEL",
            0x0A, "PAYLOAD",
            0x0B, "ERROR");

    private final ServerSocket listening;
    private final String host;
    private final int port;
    private final Map<String, AtomicLong> frames = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong connections = new AtomicLong();

    /** @param listenPort on the loopback address */
    CountingRelay(int listenPort, String host, int port) throws IOException {
        this.listening = new ServerSocket(listenPort, 500, InetAddress.getLoopbackAddress());
        this.host = host;
        this.port = port;
        start(this::accept);
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "relay");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                Socket server = new Socket(host, port);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                connections.incrementAndGet();
                start(() -> pass(client, server));
                start(() -> pass(server, client));
            }
        } catch (SocketException closed) {
            return;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void pass(Socket from, Socket to) {
        try (from;
                to) {
            DataInputStream in = new DataInputStream(new BufferedInputStream(from.getInputStream(), 1 << 16));
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(to.getOutputStream(), 1 << 16));
            while (true) {
                byte[] frame = new byte[in.readUnsignedByte() << 16 | in.readUnsignedShort()];
                in.readFully(frame);
                count(frame);
                out.writeByte(frame.length >> 16);
                out.writeShort(frame.length);
                out.write(frame);
                if (in.available() == 0) {
                    out.flush();
                }
            }
        } catch (EOFException | SocketException end) {
            return;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void count(byte[] frame) {
        int type = (frame[TYPE_INDEX] & 0xff) >> 2;
        frames.computeIfAbsent(TYPES.getOrDefault(type, "type " + type), key -> new AtomicLong())
                .incrementAndGet();
        bytes.addAndGet(LENGTH_BYTES + frame.length);
    }

    /** Frames by type, in both directions. */
    Map<String, Long> frames() {
        Map<String, Long> counts = new TreeMap<>();
        frames.forEach((type, count) -> counts.put(type, count.get()));
        return counts;
    }

    long bytes() {
        return bytes.get();
    }

    long connections() {
        return connections.get();
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}

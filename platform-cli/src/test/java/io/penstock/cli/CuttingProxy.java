package io.penstock.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Passes connections on to a server that may move, byte for byte, and cuts them when it is told. */
final class CuttingProxy implements AutoCloseable {

    private static final int CHUNK_BYTES = 64 << 10;

    private final ServerSocket listening;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile InetSocketAddress server;

    CuttingProxy() throws IOException {
        listening = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        start("proxy-accept", this::accept);
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Host and port. */
    String address() {
        return "127.0.0.1:" + listening.getLocalPort();
    }

    /** From now on connections go there. */
    void server(String address) {
        int colon = address.lastIndexOf(':');
        server = new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    }

    /** Ends all connections, in the middle of whatever they carry. */
    void cut() {
        open.forEach(CuttingProxy::close);
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                connect(listening.accept());
            } catch (IOException e) {
                // closed; or nobody listens behind, which the client finds out by the end of its connection
            }
        }
    }

    private void connect(Socket client) throws IOException {
        Socket behind = new Socket();
        open.add(client);
        open.add(behind);
        try {
            InetSocketAddress target = server;
            if (target == null) {
                throw new IOException("there is no server yet");
            }
            behind.connect(target, 1_000);
            client.setTcpNoDelay(true);
            behind.setTcpNoDelay(true);
        } catch (IOException e) {
            end(client, behind);
            throw e;
        }
        start("proxy-up", () -> pass(client, behind));
        start("proxy-down", () -> pass(behind, client));
    }

    private void pass(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] chunk = new byte[CHUNK_BYTES];
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                out.write(chunk, 0, read);
            }
        } catch (IOException e) {
            // cut
        } finally {
            end(from, to);
        }
    }

    private void end(Socket one, Socket other) {
        open.remove(one);
        open.remove(other);
        close(one);
        close(other);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // it is gone
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        cut();
    }
}

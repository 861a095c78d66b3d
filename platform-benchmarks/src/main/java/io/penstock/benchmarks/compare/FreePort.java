package io.penstock.benchmarks.compare;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Ports for processes that can't choose one themselves. */
final class FreePort {

    private FreePort() {}

    /** One that nobody listened on a moment ago; the system does not give the same one again soon. */
    static int next() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new ComparisonFailure("there is no free port", e);
        }
    }
}

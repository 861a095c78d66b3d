package io.penstock.core.transport;

import java.util.concurrent.atomic.LongAdder;

/** What a transport has counted since it began. Each number is read on its own; safe for any thread. */
public final class TransportMetrics {

    final LongAdder accepted = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder oversizeClosed = new LongAdder();
    final LongAdder garbageClosed = new LongAdder();
    final LongAdder overrunClosed = new LongAdder();
    final LongAdder stalledClosed = new LongAdder();
    final LongAdder setupTimeouts = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();

    TransportMetrics() {}

    /** Connections that were let in, whether or not their SETUP came. */
    public long accepted() {
        return accepted.sum();
    }

    /** Connections that were turned away because there were too many, or because the server no longer listens. */
    public long refused() {
        return refused.sum();
    }

    /** Connections that were closed for a frame larger than the limit. */
    public long oversizeClosed() {
        return oversizeClosed.sum();
    }

    /** Connections that were closed for bytes that are not RSocket, or not the part of it that is spoken here. */
    public long garbageClosed() {
        return garbageClosed.sum();
    }

    /** Connections that were closed because the peer let too many unreserved bytes pile up. */
    public long overrunClosed() {
        return overrunClosed.sum();
    }

    /** Connections that were closed because they read nothing while others starved for the room that they held. */
    public long stalledClosed() {
        return stalledClosed.sum();
    }

    /** Connections that were closed because no SETUP came in time. */
    public long setupTimeouts() {
        return setupTimeouts.sum();
    }

    /** Bytes of frames received over TCP, with their length fields. */
    public long bytesIn() {
        return bytesIn.sum();
    }

    /** Bytes of frames that TCP sockets took, with their length fields. */
    public long bytesOut() {
        return bytesOut.sum();
    }
}

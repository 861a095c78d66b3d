package io.penstock.core.transport;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** What a transport has counted since it began. Each number is read on its own; safe for any thread. */
public final class TransportMetrics {

    final LongAdder accepted = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder bytesIn = new LongAdder();
    final LongAdder bytesOut = new LongAdder();

    private final Map<Violation, LongAdder> closed = new EnumMap<>(Violation.class);

    TransportMetrics() {
        for (Violation violation : Violation.values()) {
            closed.put(violation, new LongAdder());
        }
    }

    LongAdder violations(Violation violation) {
        return Objects.requireNonNull(closed.get(violation));
    }

    /** Connections that were closed for what their peers did. */
    public long closed(Violation violation) {
        return violations(violation).sum();
    }

    /** Connections that were let in, whether or not their SETUP came. */
    public long accepted() {
        return accepted.sum();
    }

    /** Connections that were turned away because there were too many, or because the server no longer listens. */
    public long refused() {
        return refused.sum();
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

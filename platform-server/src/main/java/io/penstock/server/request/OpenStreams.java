package io.penstock.server.request;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The fetch streams, produce lanes and members' channels that are open, so that a broker that stops can end each at a good moment. */
public final class OpenStreams {

    /** A stream that can end by itself. */
    interface Stream {

        /** Asks the stream to end as soon as it can say so; called once or more, on any thread. */
        void finish();
    }

    private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
    private final Sinks.Empty<Void> drained = Sinks.empty();
    private volatile boolean isClosing;

    /** Counts a stream in. One that comes while the broker stops is asked to finish at once. */
    void add(Stream stream) {
        streams.add(stream);
        if (isClosing) {
            stream.finish();
        }
    }

    /** Counts a stream out. */
    void remove(Stream stream) {
        streams.remove(stream);
        if (isClosing && streams.isEmpty()) {
            drained.tryEmitEmpty();
        }
    }

    /** How many are open. */
    public int count() {
        return streams.size();
    }

    /** Asks all streams to end, and completes when all have. Work starts on subscription. */
    public Mono<Void> finish() {
        return Mono.defer(() -> {
            isClosing = true;
            streams.forEach(Stream::finish);
            if (streams.isEmpty()) {
                drained.tryEmitEmpty();
            }
            return drained.asMono();
        });
    }
}

package io.penstock.server.request;

import io.penstock.core.transport.OutboundWindow;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/** Room in a connection's outbound window, from the wish to the end; given back exactly once whatever overtakes what. */
final class Reservation implements OutboundWindow.Waiter {

    private enum State {
        WAITING,
        GRANTED,
        REFUSED,
        ENDED
    }

    private final int bytes;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private @Nullable OutboundWindow window;
    private @Nullable Runnable onNews;
    private volatile @Nullable Disposable waiting;

    /** @param bytes 1 or more */
    Reservation(int bytes) {
        this.bytes = bytes;
    }

    /** Begins to wait; the news may come at once. */
    void begin(OutboundWindow window, Runnable onNews) {
        this.window = window;
        this.onNews = onNews;
        waiting = window.whenReserved(bytes, this);
    }

    boolean isGranted() {
        return state.get() == State.GRANTED;
    }

    /** The connection has closed. */
    boolean isRefused() {
        return state.get() == State.REFUSED;
    }

    @Override
    public void proceed(boolean isReserved) {
        if (state.compareAndSet(State.WAITING, isReserved ? State.GRANTED : State.REFUSED)) {
            if (onNews != null) {
                onNews.run();
            }
        } else if (isReserved && window != null) {
            // granted in the moment in which it was given up
            window.unreserve(bytes);
        }
    }

    /** Gives up waiting, or gives the room back. */
    void end() {
        State before = state.getAndSet(State.ENDED);
        if (before == State.WAITING && waiting != null) {
            waiting.dispose();
        } else if (before == State.GRANTED && window != null) {
            window.unreserve(bytes);
        }
    }
}

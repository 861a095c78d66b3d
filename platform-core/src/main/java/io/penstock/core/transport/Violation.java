package io.penstock.core.transport;

/** What a peer did that ended its connection. */
public enum Violation {
    /** A frame larger than the limit. */
    OVERSIZED_FRAME,
    /** Bytes that are not RSocket, or not the part of it that is spoken here. */
    BROKEN_FRAME,
    /** A frame that had not come whole in its time. */
    SLOW_FRAME,
    /** An unfinished frame that held room which other connections needed. */
    UNFINISHED_FRAME,
    /** No SETUP in its time. */
    NO_SETUP,
    /** No request in its time. */
    NO_REQUEST,
    /** Too many answers unread. */
    UNREAD_ANSWERS,
    /** Nothing read while others starved for the room that it held. */
    STALLED
}

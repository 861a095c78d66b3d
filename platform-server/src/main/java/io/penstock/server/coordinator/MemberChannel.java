package io.penstock.server.coordinator;

import io.penstock.core.error.PenstockException;
import io.penstock.core.protocol.Membership;

/** The way to a member of a group, as long as its connection holds. Methods do not block, and may be called late. */
public interface MemberChannel {

    /** Sends an assignment; one that could not be sent before a newer one comes is not sent at all. */
    void send(Membership.Assignment assignment);

    /** Ends in order: the member has left. */
    void complete();

    /** Ends with a reason. */
    void fail(PenstockException why);

    /** How long ago the member's connection was last heard of, in milliseconds. */
    long silentMs();
}

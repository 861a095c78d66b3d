package io.penstock.server.coordinator.group;

import io.penstock.core.protocol.Membership;

/** What a member may own from now on, to be sent to it once what was replayed is committed. */
public record MemberAssignment(MemberKey member, Membership.Assignment assignment) {}

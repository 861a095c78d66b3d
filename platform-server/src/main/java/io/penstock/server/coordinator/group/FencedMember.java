package io.penstock.server.coordinator.group;

import io.penstock.core.error.PenstockException;

/**
 * A member that a decision puts out of its group; its channel, if it has one, is to end with the reason once the
 * decision is committed.
 */
public record FencedMember(MemberKey member, PenstockException reason) {}

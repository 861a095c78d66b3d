package io.penstock.server.coordinator.group;

/** A member of a group. */
public record MemberKey(String group, String memberId) {

    @Override
    public String toString() {
        return "member " + memberId + " of group " + group;
    }
}

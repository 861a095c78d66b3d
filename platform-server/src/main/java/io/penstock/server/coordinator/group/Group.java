package io.penstock.server.coordinator.group;

/**
 * What all groups have, however their members agree on who reads what. A group is of one type at a time; the classic
 * protocol, in which a member computes the assignment, would be one more.
 */
sealed interface Group permits ConsumerGroup, Group.OffsetsOnly {

    /** The type, as Kafka names it. */
    String type();

    /** The state, as Kafka names it. */
    String state();

    int memberCount();

    /** A group that committed offsets and has no members: a simple one, which Kafka calls classic. */
    record OffsetsOnly() implements Group {

        @Override
        public String type() {
            return "classic";
        }

        @Override
        public String state() {
            return "Empty";
        }

        @Override
        public int memberCount() {
            return 0;
        }
    }
}

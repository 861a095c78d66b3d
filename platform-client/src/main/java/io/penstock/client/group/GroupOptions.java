package io.penstock.client.group;

import io.penstock.core.protocol.Membership;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The group that a consumer is a member of, and how. Immutable. */
public final class GroupOptions {

    private static final int MAX_ID_LENGTH = 249;

    private final String groupId;
    private final @Nullable String instanceId;
    private final @Nullable String rackId;
    private final @Nullable String assignor;
    private final Duration sessionTimeout;
    private final Duration drainTimeout;
    private final CommitPolicy commits;
    private final @Nullable Duration progressDeadline;

    private GroupOptions(Builder builder) {
        groupId = builder.groupId;
        instanceId = builder.instanceId;
        rackId = builder.rackId;
        assignor = builder.assignor;
        sessionTimeout = builder.sessionTimeout;
        drainTimeout = builder.drainTimeout;
        commits = builder.commits;
        progressDeadline = builder.progressDeadline;
    }

    /** The defaults for a group. */
    public static GroupOptions of(String groupId) {
        return builder(groupId).build();
    }

    /**
     * A builder that begins with the defaults.
     *
     * @param groupId 1 to 249 characters
     */
    public static Builder builder(String groupId) {
        return new Builder(groupId);
    }

    public String groupId() {
        return groupId;
    }

    /** Names a static member, which keeps its partitions over a restart; null for a dynamic one. */
    public @Nullable String instanceId() {
        return instanceId;
    }

    /** Where the member stands; null if it does not say. */
    public @Nullable String rackId() {
        return rackId;
    }

    /** The assignor that the member wants; null for the broker's default. */
    public @Nullable String assignor() {
        return assignor;
    }

    /** How long the member may be silent before its partitions are given to others. */
    public Duration sessionTimeout() {
        return sessionTimeout;
    }

    /** How long records that were handed out may take to be acknowledged when their partition is to be given up. */
    public Duration drainTimeout() {
        return drainTimeout;
    }

    public CommitPolicy commits() {
        return commits;
    }

    /** How long a record may take to be acknowledged before the member gives up; null for ever. */
    public @Nullable Duration progressDeadline() {
        return progressDeadline;
    }

    /** Gathers options. Not safe for several threads. */
    public static final class Builder {

        private static final Duration LONGEST = Duration.ofDays(1);

        private final String groupId;
        private @Nullable String instanceId;
        private @Nullable String rackId;
        private @Nullable String assignor;
        private Duration sessionTimeout = Duration.ofSeconds(45);
        private Duration drainTimeout = Duration.ofSeconds(30);
        private CommitPolicy commits = CommitPolicy.automatic();
        private @Nullable Duration progressDeadline;

        private Builder(String groupId) {
            this.groupId = checkId("groupId", groupId);
        }

        private static String checkId(String what, String id) {
            if (id.isEmpty() || id.length() > MAX_ID_LENGTH) {
                throw new IllegalArgumentException(
                        what + " must have 1 to " + MAX_ID_LENGTH + " characters, was '" + id + "'");
            }
            return id;
        }

        /** Makes the member a static one of that name, 1 to 249 characters, of which there is one at a time. */
        public Builder instanceId(String value) {
            instanceId = checkId("instanceId", value);
            return this;
        }

        /** Says where the member stands. */
        public Builder rackId(String value) {
            rackId = Objects.requireNonNull(value, "rackId");
            return this;
        }

        /**
         * The name of an assignor: {@code cooperative-sticky}, which is the default, {@code sticky}, {@code range},
         * {@code round-robin}, or one that the broker was given. What most members ask for is used.
         */
        public Builder assignor(String value) {
            assignor = Objects.requireNonNull(value, "assignor");
            return this;
        }

        /** From 6 s to 30 min, 45 s by default; a member that reconnects in that time keeps its partitions. */
        public Builder sessionTimeout(Duration value) {
            long millis = value.toMillis();
            if (millis < Membership.MIN_SESSION_TIMEOUT_MS || millis > Membership.MAX_SESSION_TIMEOUT_MS) {
                throw new IllegalArgumentException("sessionTimeout must be from 6 s to 30 min, was " + value);
            }
            sessionTimeout = value;
            return this;
        }

        /** From 0 to 1 day, 30 s by default. */
        public Builder drainTimeout(Duration value) {
            if (value.isNegative() || value.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException("drainTimeout must be from 0 to 1 day, was " + value);
            }
            drainTimeout = value;
            return this;
        }

        /** When to commit; {@link CommitPolicy#automatic()} by default. */
        public Builder commits(CommitPolicy value) {
            commits = Objects.requireNonNull(value, "commits");
            return this;
        }

        /** From 1 ms to 1 day; without it a record may take for ever. */
        public Builder progressDeadline(Duration value) {
            if (value.toMillis() < 1 || value.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException("progressDeadline must be from 1 ms to 1 day, was " + value);
            }
            progressDeadline = value;
            return this;
        }

        public GroupOptions build() {
            return new GroupOptions(this);
        }
    }
}

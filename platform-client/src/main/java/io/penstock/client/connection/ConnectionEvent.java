package io.penstock.client.connection;

import java.time.Duration;

/** What happens to the connections of a client. */
public sealed interface ConnectionEvent {

    /** Where the connection goes to. */
    String endpoint();

    /** Connected, and greeted by a broker. */
    record Connected(String endpoint, int brokerId, String clusterId) implements ConnectionEvent {}

    /** An established connection ended; a new one is made when it is needed. */
    record Lost(String endpoint, int brokerId, String reason) implements ConnectionEvent {}

    /**
     * An attempt failed.
     *
     * @param attempt how many have failed in a row, from 1
     * @param retryIn when the next one is made
     */
    record ConnectFailed(String endpoint, int attempt, Duration retryIn, String reason) implements ConnectionEvent {}

    /** The broker is not one to talk to, for example of another cluster; whoever waited was given the error. */
    record Refused(String endpoint, String reason) implements ConnectionEvent {}
}

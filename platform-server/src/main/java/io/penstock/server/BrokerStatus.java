package io.penstock.server;

/**
 * What a broker holds and has done, at about one moment.
 *
 * @param connections clients that are connected
 * @param openStreams fetch streams, produce channels and members' channels that are open
 * @param unsentBytes what is reserved or unsent on all connections
 * @param produceInflightBytes batches that arrived and are not in a log yet
 * @param bytesWritten what was appended to logs since the start
 * @param bytesRead what was read from logs since the start, of partitions that still exist
 */
public record BrokerStatus(
        int connections,
        int openStreams,
        long unsentBytes,
        long produceInflightBytes,
        long bytesWritten,
        long bytesRead) {}

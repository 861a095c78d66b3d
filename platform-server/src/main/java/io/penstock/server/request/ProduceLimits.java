package io.penstock.server.request;

/**
 * What a produce channel may do.
 *
 * @param credit how many batches it may have that are not yet in a log, 1 or more
 * @param channelMaxElements after how many batches it is ended, and must be opened again
 * @param channelsPerConnection how many of them a connection may have open, 1 or more
 */
public record ProduceLimits(int credit, long channelMaxElements, int channelsPerConnection) {}

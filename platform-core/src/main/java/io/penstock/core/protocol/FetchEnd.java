package io.penstock.core.protocol;

/**
 * What follows the header of a fetch stream's last element.
 *
 * @param leader the broker id of the partition's leader, or -1 if that is not the reason
 * @param message the reason in words
 */
public record FetchEnd(int leader, String message) {}

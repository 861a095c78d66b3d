package io.penstock.client.admin;

/**
 * What a reset does in a partition.
 *
 * @param before what was committed, or -1 for nothing
 * @param after what is committed then
 */
public record ResetOffset(long before, long after) {}

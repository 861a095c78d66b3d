package io.penstock.client.group;

import io.penstock.core.model.OffsetRanges;

/**
 * What can be committed of a partition at some moment.
 *
 * @param offset the next offset to read; everything before it is finished
 * @param finished what is finished beyond it
 * @param version grows with every change
 */
record Progress(long offset, OffsetRanges finished, long version) {}

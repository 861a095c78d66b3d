package io.penstock.client.group;

import io.penstock.core.model.OffsetRanges;

/**
 * What can be committed of a partition at some moment.
 *
 * @param offset the next offset to read; everything before it is finished
 * @param leaderEpoch that of the last batch before it, or -1 if it is not known
 * @param finished what is finished beyond it
 * @param version grows with every change
 */
record Progress(long offset, int leaderEpoch, OffsetRanges finished, long version) {}

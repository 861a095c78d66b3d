package io.penstock.core.log;

import io.netty.buffer.ByteBuf;

/**
 * Whole consecutive batches as they lie on disk, behind room for a protocol header.
 *
 * @param buffer owned by whoever gets the slice, who releases it; its reader index is 0, the batches end at its writer
 *     index, and what is in the headroom before them is undefined
 * @param firstOffset the base offset of the first batch, which may be less than the offset that was asked for
 * @param nextOffset the offset to read next
 * @param batchCount how many batches there are, 1 or more
 * @param sizeInBytes the bytes of the batches, without the headroom
 */
public record LogSlice(ByteBuf buffer, long firstOffset, long nextOffset, int batchCount, int sizeInBytes) {}

package io.penstock.core.log;

/**
 * What a compaction did.
 *
 * @param cleanedTo the offset before which every key has at most one record; where the next one begins
 * @param passes how often the map of keys was filled
 * @param recordsRead in all passes
 * @param recordsKept in all passes
 * @param keylessRecords how many of those that went had no key
 * @param bytesBefore the size of the segments that were gone through, in all passes
 * @param bytesAfter the size of what they became
 * @param segmentsReplaced how many segments were replaced by fewer or smaller ones
 */
public record CompactionResult(
        long cleanedTo,
        int passes,
        long recordsRead,
        long recordsKept,
        long keylessRecords,
        long bytesBefore,
        long bytesAfter,
        int segmentsReplaced) {}

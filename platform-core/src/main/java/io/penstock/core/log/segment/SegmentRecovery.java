package io.penstock.core.log.segment;

/**
 * What a check of a segment found. Nothing is cut by it.
 *
 * @param bytesScanned how many bytes were read with their checksums
 * @param validBytes where the first byte lies that is not part of a valid batch, which is where the segment ends now
 * @param damage why it ends there, or an empty string if the file ends there too
 * @param isRebuilt whether indexes were built again that should have been good
 */
public record SegmentRecovery(int bytesScanned, int validBytes, String damage, boolean isRebuilt) {}

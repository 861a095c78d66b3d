package io.penstock.core.log;

/**
 * A part of a log that was known to be on the device and can't be read any more. It is served no longer: its offsets are a gap
 * that no batch is given again, and what is left of its bytes was set aside.
 *
 * @param fromOffset the first offset that may be lost
 * @param toOffset the offset at which the log goes on
 * @param segmentBaseOffset names the segment that was damaged
 * @param position from where on in that segment's log file bytes were not valid
 * @param bytes how many bytes; 0 if the file had just become shorter
 * @param damage what was wrong
 * @param path the report below {@code .quarantine} in the partition's directory; the bytes lie beside the segment's first report,
 *     as {@code .log}
 */
public record QuarantinedRange(
        long fromOffset, long toOffset, long segmentBaseOffset, int position, int bytes, String damage, String path) {}

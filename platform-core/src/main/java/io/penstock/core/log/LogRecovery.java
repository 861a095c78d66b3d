package io.penstock.core.log;

import java.util.List;

/**
 * What opening a log found and did.
 *
 * @param bytesScanned how many bytes of batches were read with their checksums
 * @param bytesCut the size of a torn tail that was cut, 0 if there was none
 * @param damage what was wrong at the cut, or an empty string
 * @param indexesRebuilt in how many segments the indexes were missing or wrong where they should have been good
 * @param areEpochsRebuilt whether the leader epochs were missing or wrong, and were taken from the batches or a copy
 * @param quarantined what was damaged although it was known to be on the device, and was set aside
 */
public record LogRecovery(
        long bytesScanned,
        int bytesCut,
        String damage,
        int indexesRebuilt,
        boolean areEpochsRebuilt,
        List<QuarantinedRange> quarantined) {

    public LogRecovery {
        quarantined = List.copyOf(quarantined);
    }

    /** Of a log that was as a log should be. */
    public static LogRecovery uneventful(long bytesScanned) {
        return new LogRecovery(bytesScanned, 0, "", 0, false, List.of());
    }

    /** Whether the log was as a log should be. */
    public boolean isUneventful() {
        return equals(uneventful(bytesScanned));
    }
}

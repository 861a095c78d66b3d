package io.penstock.core.log.compaction;

import io.penstock.core.record.RecordBatch;
import io.penstock.core.record.RecordCursor;

/**
 * What a control batch says, by the key of its one record.
 *
 * <pre>
 * 0  int16  version, 0
 * 2  int16  type: 0 abort, 1 commit
 * </pre>
 */
enum ControlRecord {
    ABORT,
    COMMIT,
    /** A type of a later version, or a batch whose record was removed. */
    OTHER;

    private static final int TYPE_AT = 2;
    private static final int KEY_BYTES = 4;

    /** Reads the batch through a cursor, which is closed afterwards. */
    static ControlRecord of(RecordBatch batch, RecordCursor cursor) {
        try {
            cursor.open(batch.buffer(), batch.index());
            if (!cursor.next() || cursor.keyLength() < KEY_BYTES) {
                return OTHER;
            }
            return switch (cursor.buffer().getShort(cursor.keyIndex() + TYPE_AT)) {
                case 0 -> ABORT;
                case 1 -> COMMIT;
                default -> OTHER;
            };
        } finally {
            cursor.close();
        }
    }
}

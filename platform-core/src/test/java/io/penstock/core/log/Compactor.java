package io.penstock.core.log;

import io.netty.buffer.ByteBufAllocator;
import io.penstock.core.log.compaction.CompactionRules;
import io.penstock.core.log.compaction.OffsetMap;

/** Drives compactions of a log in tests, in steps of a given size. */
final class Compactor {

    private final ByteBufAllocator allocator;
    CompactionRules rules = CompactionRules.DEFAULTS;
    long mapBytes = 1 << 20;
    long stepBytes = 1 << 20;
    long dirtyStart;
    Runnable beforeSwap = () -> {};
    Runnable afterSwap = () -> {};

    Compactor(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** Compacts what can be, and remembers up to where. */
    CompactionResult compact(PartitionLog log, long nowMs) {
        CleanableRange range = CleanableRange.of(log.extents(), log.snapshot(), dirtyStart, rules, nowMs);
        if (range.isEmpty()) {
            return new CompactionResult(dirtyStart, 0, 0, 0, 0, 0, 0, 0);
        }
        OffsetMap map = new OffsetMap(mapBytes, range.to() - range.from(), 0x5ca1ab1eL, 0xdecafbadL);
        try (LogCompaction compaction = log.newCompaction(range, rules, map, allocator, nowMs)) {
            while (!compaction.isDone()) {
                if (compaction.isSwapDue()) {
                    beforeSwap.run();
                    compaction.swap();
                    afterSwap.run();
                }
                compaction.work(stepBytes);
            }
            dirtyStart = compaction.cleanedTo();
            return compaction.result();
        }
    }
}

/**
 * The two sparse indexes of a segment, in Kafka's formats: {@link io.penstock.core.log.index.OffsetIndex} from offset to
 * position, {@link io.penstock.core.log.index.TimeIndex} from timestamp to offset. Both are caches that can be built
 * again from the segment. One writer, any number of readers; a lookup reads the file and keeps nothing in memory.
 */
@NullMarked
package io.penstock.core.log.index;

import org.jspecify.annotations.NullMarked;

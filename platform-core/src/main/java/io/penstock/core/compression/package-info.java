/**
 * The codecs of record batches, in the framing that Kafka's clients use: a gzip stream, snappy in xerial's framing, an LZ4 frame, a zstd frame. {@link io.penstock.core.compression.Compression} is the way in.
 * Codecs hold no state between calls and are safe for any thread; they block no longer than the computation takes, and belong off the event loop. Decompression never writes more than the caller allows.
 */
@NullMarked
package io.penstock.core.compression;

import org.jspecify.annotations.NullMarked;

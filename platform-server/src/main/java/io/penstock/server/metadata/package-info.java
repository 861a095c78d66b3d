/**
 * What the cluster consists of: topics with ids, partitions and settings, and the brokers that are alive. A
 * {@link io.penstock.server.metadata.MetadataImage} is what was true at one moment; nothing here changes or does I/O.
 */
@NullMarked
package io.penstock.server.metadata;

import org.jspecify.annotations.NullMarked;

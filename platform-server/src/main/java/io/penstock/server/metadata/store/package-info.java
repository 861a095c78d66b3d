/**
 * The port to where metadata is kept: versioned entries, changed by atomic compare-and-set operations, watched as a
 * stream of images. A cluster's adapter and the single node's journal mean the same; a contract test holds them to it.
 */
@NullMarked
package io.penstock.server.metadata.store;

import org.jspecify.annotations.NullMarked;

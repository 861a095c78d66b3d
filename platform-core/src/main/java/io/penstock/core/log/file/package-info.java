/**
 * All access to files, behind two small interfaces: {@link io.penstock.core.log.file.LogFile} and
 * {@link io.penstock.core.log.file.LogDirectory}, with the adapter for a real file system. A simulated disk can stand in
 * for it. Blocking, without threads and clocks; a file takes one writer at a time and any number of readers.
 */
@NullMarked
package io.penstock.core.log.file;

import org.jspecify.annotations.NullMarked;

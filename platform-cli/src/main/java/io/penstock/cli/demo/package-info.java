/**
 * The picture to show first: one topic, three consumers that take 8, 5 and 2 MB/s by asking for no more, a producer that
 * is slowed by the disk alone. Broker, producer and consumers are this process; the data are lines of real files, each
 * with its number, so that every loss and every repetition is seen. The decisions ({@link
 * io.penstock.cli.demo.DemandPacer}, {@link io.penstock.cli.demo.Ledger}) know neither threads nor clocks.
 */
@NullMarked
package io.penstock.cli.demo;

import org.jspecify.annotations.NullMarked;

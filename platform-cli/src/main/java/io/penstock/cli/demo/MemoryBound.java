package io.penstock.cli.demo;

/**
 * What the whole process may hold, whatever goes through it.
 *
 * <p>Heap: the corpus, the ledgers' bits, the objects of what is on its way, and, since it is measured after collections
 * that need not be full ones, some garbage: well below the 256 MB that the start script gives. Direct: 32 MiB of the
 * producer's buffer, as much again in the broker, three consumers' windows of 4 MiB at both ends, and the slack of the
 * allocators.
 *
 * @param heapBytes after a collection
 * @param directBytes of Netty's and the JDK's buffers
 */
record MemoryBound(long heapBytes, long directBytes) {

    static final MemoryBound STATED = new MemoryBound(160_000_000, 128_000_000);
}

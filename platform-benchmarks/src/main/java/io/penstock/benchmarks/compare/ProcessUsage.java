package io.penstock.benchmarks.compare;

/**
 * What a process has used.
 *
 * @param cpuSeconds of user and kernel, since its start
 * @param peakBytes the most memory that it had resident
 */
record ProcessUsage(double cpuSeconds, long peakBytes) {}

package io.penstock.core.log.segment;

/**
 * Batches that follow each other in a log file, all of them valid.
 *
 * @param position where the first begins, in bytes
 * @param end where the last ends
 * @param baseOffset the offset of the first
 * @param nextOffset behind the last
 */
public record BatchRun(int position, int end, long baseOffset, long nextOffset) {}

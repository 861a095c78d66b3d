package io.penstock.server.request;

/**
 * What a fetch stream may do.
 *
 * @param elementMaxBytes the largest slice, unless one batch alone is larger, 1 or more
 * @param streamMaxElements after how many elements a stream ends and must be opened again: RSocket goes silent when the
 *     sum of all REQUEST_N of a stream reaches 2^31-1
 */
public record FetchLimits(int elementMaxBytes, long streamMaxElements) {}

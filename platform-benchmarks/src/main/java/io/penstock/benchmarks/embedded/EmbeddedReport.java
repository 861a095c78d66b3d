package io.penstock.benchmarks.embedded;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.cli.perf.RateReport;

/**
 * What was measured in one JVM.
 *
 * @param startNanos from the beginning of {@code main} to the first acknowledged record
 */
record EmbeddedReport(long startNanos, RateReport produced, RateReport consumed) {

    void print() throws JsonProcessingException {
        System.out.println(new ObjectMapper().writeValueAsString(this));
    }
}

package io.penstock.benchmarks.compare;

import java.util.List;

/**
 * The programs of Penstock.
 *
 * @param command how the {@code penstock} command is started: the distribution's jar, or a class path and a main class
 * @param classPath of the benchmarks
 * @param brokerHeap as {@code -Xmx} takes it
 * @param clientHeap as {@code -Xmx} takes it
 */
record PenstockPrograms(List<String> command, String classPath, String brokerHeap, String clientHeap) {

    Jvm server() {
        return new Jvm(brokerHeap, Jvm.PENSTOCK_FLAGS, command);
    }

    Jvm client() {
        return new Jvm(clientHeap, Jvm.PENSTOCK_FLAGS, command);
    }

    Jvm embedded() {
        return new Jvm(
                brokerHeap,
                Jvm.PENSTOCK_FLAGS,
                List.of("-cp", classPath, "io.penstock.benchmarks.embedded.EmbeddedPenstock"));
    }
}

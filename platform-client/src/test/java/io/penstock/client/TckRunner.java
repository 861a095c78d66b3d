package io.penstock.client;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;
import org.reactivestreams.tck.PublisherVerification;
import org.testng.SkipException;
import org.testng.annotations.Test;

/** Runs the methods of a TCK class, which are TestNG's, as JUnit's dynamic tests. */
final class TckRunner {

    private TckRunner() {}

    static Stream<DynamicTest> testsOf(PublisherVerification<?> verification) {
        return Arrays.stream(verification.getClass().getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .sorted(Comparator.comparing(Method::getName))
                .map(method -> DynamicTest.dynamicTest(method.getName(), () -> run(verification, method)));
    }

    private static void run(PublisherVerification<?> verification, Method method) throws Throwable {
        verification.setUp();
        try {
            method.invoke(verification);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SkipException skipped) {
                throw new TestAbortedException(skipped.getMessage());
            }
            throw e.getCause();
        }
    }
}

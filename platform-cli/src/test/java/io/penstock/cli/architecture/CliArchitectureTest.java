package io.penstock.cli.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.penstock.core.architecture.ArchitectureRules;
import org.junit.jupiter.api.Test;

class CliArchitectureTest {

    private static final String ROOT = "io.penstock.cli";
    private static final JavaClasses CLASSES = ArchitectureRules.production(ROOT);

    @Test
    void packagesHaveNoCircles() {
        ArchitectureRules.acyclicPackages(ROOT).check(CLASSES);
    }

    @Test
    void packagesAreDescribedAndNamesSayWhatThingsAre() {
        ArchitectureRules.packagesAreDescribed().check(CLASSES);
        ArchitectureRules.namesSayWhatThingsAre().check(CLASSES);
    }
}

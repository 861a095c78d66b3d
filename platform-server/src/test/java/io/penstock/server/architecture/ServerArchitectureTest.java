package io.penstock.server.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.penstock.core.architecture.ArchitectureRules;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerArchitectureTest {

    private static final String ROOT = "io.penstock.server";
    private static final JavaClasses CLASSES = ArchitectureRules.production(ROOT);

    @Test
    void packagesHaveNoCirclesAndPointOneWay() {
        ArchitectureRules.acyclicPackages(ROOT).check(CLASSES);
        ArchitectureRules.checkDirection(
                CLASSES,
                ROOT,
                List.of(
                        "metadata.store",
                        "metadata.store.local",
                        "metadata",
                        "storage",
                        "controller",
                        "coordinator.decision",
                        "coordinator.group.assignor",
                        "coordinator.group",
                        "coordinator",
                        "request",
                        "rsocket"));
    }

    @Test
    void nothingImportsTheRoot() {
        ArchitectureRules.nothingImportsTheRoot(ROOT).check(CLASSES);
    }

    @Test
    void theServerKnowsNeitherClientNorStreams() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.penstock.client..", "io.penstock.streams..", "io.penstock.cli..")
                .check(CLASSES);
    }

    @Test
    void noOperatorLosesRecordsOrHangs() {
        ArchitectureRules.noOperatorsThatLoseOrHang().check(CLASSES);
    }

    @Test
    void timeAndThreadsAreHandedIn() {
        ArchitectureRules.timeAndThreadsAreHandedIn().check(CLASSES);
    }

    @Test
    void packagesAreDescribedAndNamesSayWhatThingsAre() {
        ArchitectureRules.packagesAreDescribed().check(CLASSES);
        ArchitectureRules.namesSayWhatThingsAre().check(CLASSES);
    }
}

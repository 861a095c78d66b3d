package io.penstock.core.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoreArchitectureTest {

    private static final String ROOT = "io.penstock.core";
    private static final JavaClasses CLASSES = ArchitectureRules.production(ROOT);

    @Test
    void packagesHaveNoCircles() {
        ArchitectureRules.acyclicPackages(ROOT).check(CLASSES);
    }

    @Test
    void theLogBranchPointsOneWay() {
        ArchitectureRules.checkDirection(
                CLASSES,
                ROOT,
                List.of(
                        "error",
                        "model",
                        "config",
                        "compression",
                        "record",
                        "log.file",
                        "log.index",
                        "log.segment",
                        "log.compaction",
                        "log"));
    }

    @Test
    void theProtocolBranchPointsOneWay() {
        ArchitectureRules.checkDirection(
                CLASSES,
                ROOT,
                List.of(
                        "error",
                        "model",
                        "config",
                        "compression",
                        "record",
                        "protocol",
                        "protocol.codec",
                        "runtime",
                        "transport"));
    }

    @Test
    void theLogKnowsNothingOfTheWireAndTheWireNothingOfTheLog() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".log..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + ".protocol..", ROOT + ".transport..", ROOT + ".runtime..", "io.rsocket..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + ".protocol..", ROOT + ".transport..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + ".log..")
                .check(CLASSES);
    }

    @Test
    void coreKnowsNoOtherModule() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.penstock.server..", "io.penstock.client..", "io.penstock.streams..", "io.penstock.cli..")
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
    void packagesAreDescribed() {
        ArchitectureRules.packagesAreDescribed().check(CLASSES);
    }

    @Test
    void namesSayWhatThingsAre() {
        ArchitectureRules.namesSayWhatThingsAre().check(CLASSES);
    }
}

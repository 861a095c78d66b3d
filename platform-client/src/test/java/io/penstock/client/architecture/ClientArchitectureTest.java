package io.penstock.client.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.penstock.core.architecture.ArchitectureRules;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientArchitectureTest {

    private static final String ROOT = "io.penstock.client";
    private static final JavaClasses CLASSES = ArchitectureRules.production(ROOT);

    @Test
    void packagesHaveNoCirclesAndPointOneWay() {
        ArchitectureRules.acyclicPackages(ROOT).check(CLASSES);
        for (String feature : List.of("producer", "consumer", "admin")) {
            ArchitectureRules.checkDirection(
                    CLASSES, ROOT, List.of("serialization", "connection", "metadata", feature));
        }
    }

    @Test
    void producerConsumerAndAdminDoNotKnowEachOther() {
        List<String> features = List.of(ROOT + ".producer..", ROOT + ".consumer..", ROOT + ".admin..");
        for (String feature : features) {
            String[] others =
                    features.stream().filter(other -> !other.equals(feature)).toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(feature)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(others)
                    .check(CLASSES);
        }
    }

    @Test
    void nothingImportsTheRoot() {
        ArchitectureRules.nothingImportsTheRoot(ROOT).check(CLASSES);
    }

    @Test
    void theClientKnowsNoServerNoCommandLineAndNoLoggingBackEnd() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.penstock.server..", "io.penstock.cli..", "io.penstock.core.log..", "picocli..", "ch.qos..")
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

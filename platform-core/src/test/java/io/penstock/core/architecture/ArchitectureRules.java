package io.penstock.core.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchConditions.beAnnotatedWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/** The rules that hold in every module; each module's test names its packages and calls them. */
public final class ArchitectureRules {

    private static final String RUNTIME = "io.penstock.core.runtime..";
    private static final Set<String> FORBIDDEN_SCHEDULERS = Set.of(
            "parallel", "single", "boundedElastic", "immediate", "newParallel", "newSingle", "newBoundedElastic");

    private static final Set<String> FORBIDDEN_OPERATORS =
            Set.of("bufferTimeout", "windowTimeout", "groupBy", "onErrorContinue");

    private ArchitectureRules() {}

    /** The production classes below a package. */
    public static JavaClasses production(String rootPackage) {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages(rootPackage);
    }

    /** No circle among the packages below a root, each package a slice of its own. */
    public static ArchRule acyclicPackages(String rootPackage) {
        return slices().assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass type) {
                        return type.getPackageName().startsWith(rootPackage)
                                ? SliceIdentifier.of(type.getPackageName())
                                : SliceIdentifier.ignore();
                    }

                    @Override
                    public String getDescription() {
                        return "packages of " + rootPackage;
                    }
                })
                .should()
                .beFreeOfCycles();
    }

    /** A package uses only those that stand before it in the list; packages are given without the root. */
    public static void checkDirection(JavaClasses classes, String rootPackage, List<String> packages) {
        for (int i = 0; i < packages.size(); i++) {
            List<String> later = packages.subList(i + 1, packages.size());
            if (!later.isEmpty()) {
                noClasses()
                        .that()
                        .resideInAPackage(rootPackage + "." + packages.get(i))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(later.stream()
                                .map(name -> rootPackage + "." + name)
                                .toArray(String[]::new))
                        .because("packages point one way: " + packages)
                        .allowEmptyShould(true)
                        .check(classes);
            }
        }
    }

    /** Time, schedulers, threads and sleep come from the runtime package alone. */
    public static ArchRule timeAndThreadsAreHandedIn() {
        return noClasses()
                .that(resideOutsideOfPackages(RUNTIME))
                .should()
                .callCodeUnitWhere(
                        new DescribedPredicate<JavaCall<?>>("takes time, a scheduler or a thread from a static") {
                            @Override
                            public boolean test(JavaCall<?> call) {
                                return isForbidden(
                                        call.getTargetOwner().getFullName(),
                                        call.getTarget().getName(),
                                        call.getTarget().getRawParameterTypes().isEmpty());
                            }
                        })
                .because("time, schedulers and threads are handed in, so that a test can own them");
    }

    private static boolean isForbidden(String owner, String method, boolean withoutArguments) {
        if (owner.equals(System.class.getName())) {
            return method.equals("currentTimeMillis") || method.equals("nanoTime");
        }
        if (owner.equals(Instant.class.getName())) {
            return method.equals("now") && withoutArguments;
        }
        if (owner.equals(Clock.class.getName())) {
            return method.startsWith("system");
        }
        if (owner.equals(Schedulers.class.getName())) {
            return FORBIDDEN_SCHEDULERS.contains(method);
        }
        return owner.equals(Thread.class.getName()) && (method.equals("sleep") || method.equals("<init>"));
    }

    /**
     * FINDINGS 18 to 20: operators that overflow when a timer fires without demand, hang with many keys, or go on after
     * an error as if nothing had been lost.
     */
    public static ArchRule noOperatorsThatLoseOrHang() {
        return noClasses()
                .should()
                .callCodeUnitWhere(new DescribedPredicate<JavaCall<?>>("calls " + FORBIDDEN_OPERATORS + " of Flux") {
                    @Override
                    public boolean test(JavaCall<?> call) {
                        return call.getTargetOwner().getFullName().equals(Flux.class.getName())
                                && FORBIDDEN_OPERATORS.contains(call.getTarget().getName());
                    }
                })
                .because("batching by time and splitting by key are the product's own, and no error is passed over");
    }

    /** Every package says what it is for, and is null-marked. */
    public static ArchRule packagesAreDescribed() {
        return com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes()
                .that()
                .haveSimpleName("package-info")
                .should(beAnnotatedWith("org.jspecify.annotations.NullMarked"));
    }

    /** Names that are usually a better noun not yet found, and packages that are drawers. */
    public static ArchRule namesSayWhatThingsAre() {
        return noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Utils|Util|Impl|Info)")
                .orShould()
                .resideInAnyPackage("..internal..", "..impl..", "..common..", "..util..", "..utils..");
    }

    /** Nothing below a root imports the root itself. */
    public static ArchRule nothingImportsTheRoot(String rootPackage) {
        return noClasses()
                .that(resideInAPackage(rootPackage + ".."))
                .and(resideOutsideOfPackages(rootPackage))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(rootPackage)
                .allowEmptyShould(true);
    }
}

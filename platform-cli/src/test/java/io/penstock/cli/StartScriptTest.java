package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the start script says before it builds or runs anything. */
@Timeout(60)
class StartScriptTest {

    private static final Path SCRIPT =
            Path.of("..", "penstock").toAbsolutePath().normalize();

    @TempDir
    private Path directory = Path.of("");

    @Test
    void saysThatJavaHomeHasNoJava() throws IOException {
        assertThat(run(SCRIPT, directory))
                .startsWith("1: penstock: JAVA_HOME is " + directory + ", but there is no bin/java");
    }

    @ParameterizedTest
    @CsvSource({"1.8.0_412,8", "11.0.2,11", "16,16"})
    void refusesAJavaThatIsTooOld(String version, String number) throws IOException {
        assertThat(run(SCRIPT, jdkOfVersion(version)))
                .startsWith("1: penstock: ")
                .contains(" is version " + number + ": install a JDK 17");
    }

    @Test
    void findsItsCloneThroughALinkFromAnywhere() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("penstock"), SCRIPT);

        assertThat(run(link, jdkOfVersion("11.0.2"))).contains(" is version 11: install a JDK 17");
    }

    /** As a shell's {@code <&-} does it: a file that the JVM opens would take the place. */
    @ParameterizedTest
    @ValueSource(strings = {"<&-", ">&-", "2>&-", "<&- >&- 2>&-"})
    void leavesNoStandardStreamClosedForTheJvm(String closing) throws IOException {
        Path clone = Files.createDirectories(directory.resolve("clone"));
        Path script = Files.copy(SCRIPT, clone.resolve("penstock"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.writeString(clone.resolve("pom.xml"), "");
        Path distribution = Files.createDirectories(clone.resolve("platform-cli/target/dist"));
        Files.writeString(distribution.resolve("built"), "");
        Path seen = directory.resolve("seen");
        Path jdk = jdk("""
                [ "$1" != -XshowSettings:none ] || exec echo 'openjdk version "17.0.1"'
                open=
                for stream in 0 1 2; do
                  if [ -e /dev/fd/$stream ]; then open="$open$stream"; fi
                done
                echo "$open" >'%s'
                """.formatted(seen));
        ProcessBuilder builder =
                new ProcessBuilder("/bin/sh", "-c", "exec \"$0\" produce t " + closing, script.toString());
        builder.environment().put("JAVA_HOME", jdk.toString());

        assertThat(ServerProcess.exitCode(builder.start())).isZero();
        assertThat(seen).content().isEqualTo("012\n");
    }

    private Path jdkOfVersion(String version) throws IOException {
        return jdk("echo 'openjdk version \"" + version + "\" 2020-01-01' >&2\n");
    }

    /** A JDK whose java is a shell script. */
    private Path jdk(String commands) throws IOException {
        Path bin = Files.createDirectories(directory.resolve("jdk/bin"));
        Path java = Files.writeString(bin.resolve("java"), "#!/bin/sh\n" + commands);
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        return directory.resolve("jdk");
    }

    private String run(Path script, Path javaHome) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(script.toString(), "--version")
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", javaHome.toString());
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        return ServerProcess.exitCode(process) + ": " + text;
    }
}

package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        assertThat(run(SCRIPT, jdk(version)))
                .startsWith("1: penstock: ")
                .contains(" is version " + number + ": install a JDK 17");
    }

    @Test
    void findsItsCloneThroughALinkFromAnywhere() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("penstock"), SCRIPT);

        assertThat(run(link, jdk("11.0.2"))).contains(" is version 11: install a JDK 17");
    }

    private Path jdk(String version) throws IOException {
        Path bin = Files.createDirectories(directory.resolve("jdk/bin"));
        Path java = Files.writeString(
                bin.resolve("java"), "#!/bin/sh\necho 'openjdk version \"" + version + "\" 2020-01-01' >&2\n");
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

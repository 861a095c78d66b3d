package io.penstock.core.log;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.tools.DumpLogSegments;

/**
 * Kafka's own DumpLogSegments as the judge of our files. It writes to the standard output: tests that use it hold that as a
 * resource.
 */
public final class KafkaDump {

    /** What the tool prints where a file breaks a rule. */
    private static final List<String> COMPLAINTS = List.of(
            "Mismatches in",
            "Index timestamp",
            "Found timestamp mismatch",
            "Found out of order timestamp",
            "The following indexed offsets are not found",
            "isvalid: false",
            "invalid bytes",
            "trailing bytes",
            "Exception",
            "corrupt");

    /**
     * Where offsets are not consecutive. Version 4.3.1 also prints {@code -1 is followed by n} for the first record of
     * any segment that begins above offset 127; that is its own mistake.
     */
    private static final Pattern OFFSET_STEP = Pattern.compile("\\s*\\d+ is followed by \\d+");

    private KafkaDump() {}

    /** The lines of a dump that say that something is wrong. */
    public static List<String> complaints(String dump) {
        return dump.lines()
                .filter(line -> COMPLAINTS.stream().anyMatch(line::contains)
                        || OFFSET_STEP.matcher(line).matches())
                .toList();
    }

    /** Everything that the tool says of files, with their records and with all its checks of indexes. */
    public static String of(Path... files) throws Exception {
        String names = String.join(",", Stream.of(files).map(Path::toString).toList());
        return tool("--files", names, "--deep-iteration", "--print-data-log")
                + tool("--files", names, "--index-sanity-check")
                + tool("--files", names, "--verify-index-only");
    }

    /** What the tool says of a snapshot of producers. */
    public static String snapshot(Path file) throws Exception {
        return tool("--files", file.toString());
    }

    private static String tool(String... arguments) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = System.out;
        PrintStream err = System.err;
        try (PrintStream capture = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(capture);
            System.setErr(capture);
            DumpLogSegments.main(arguments);
        } catch (RuntimeException e) {
            return bytes.toString(StandardCharsets.UTF_8) + "\nException: " + e;
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}

package io.penstock.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.cli.HistoryEvent.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A {@link GroupRunMember} and what is done to it. */
final class MemberProcess {

    private final String name;
    private final Path file;
    private final Process process;
    private final List<HistoryEvent> done = new ArrayList<>();
    private boolean paused;

    private MemberProcess(String name, Path file, Process process) {
        this.name = name;
        this.file = file;
        this.process = process;
    }

    /** Starts one, from the classes of this build. */
    static MemberProcess start(String name, Path directory, String server, String topic, String group)
            throws IOException {
        Path file = directory.resolve(name);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-Xmx96m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        GroupRunMember.class.getName(),
                        server,
                        topic,
                        group,
                        name,
                        file.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(directory.resolve(name + ".err").toFile())
                .start();
        return new MemberProcess(name, file, process);
    }

    String name() {
        return name;
    }

    boolean isPaused() {
        return paused;
    }

    /** As kill -9. */
    void kill() {
        ServerProcess.exitCode(process.destroyForcibly());
        done.add(HistoryEvent.now(Kind.KILLED, 0, List.of())); // afterwards: until then it may write
    }

    void pause() throws IOException {
        paused = true;
        done.add(HistoryEvent.now(Kind.STOPPED, 0, List.of()));
        signal("-STOP");
    }

    /** The group goes on without it, which it does not know. */
    void isPutOut() {
        done.add(HistoryEvent.now(Kind.PUT_OUT, 0, List.of()));
    }

    void resume() throws IOException {
        signal("-CONT");
        done.add(HistoryEvent.now(Kind.WOKEN, 0, List.of()));
        paused = false;
    }

    private void signal(String which) throws IOException {
        Process kill = new ProcessBuilder("kill", which, Long.toString(process.pid())).start();
        assertThat(ServerProcess.exitCode(kill)).isZero();
    }

    /** How long it is to take for a record. */
    void pace(long micros) throws IOException {
        order(Long.toString(micros));
    }

    /** It is to ask for a commit, and to hold itself up before that is sent, until it is told to go on. */
    void hold() throws IOException {
        order(GroupRunMember.HOLD);
    }

    void goOn() throws IOException {
        order(GroupRunMember.GO_ON);
    }

    /** How often it has held a commit up. */
    long holds() throws IOException {
        return history().stream().filter(event -> event.kind() == Kind.HELD).count();
    }

    private void order(String line) throws IOException {
        OutputStream orders = process.getOutputStream();
        orders.write((line + "\n").getBytes(UTF_8));
        orders.flush();
    }

    /** Makes it leave, and does not wait for that. */
    void leave() throws IOException {
        process.getOutputStream().close();
    }

    /** Waits for one that leaves. */
    void awaitLeft() throws IOException {
        assertThat(ServerProcess.exitCode(process))
                .as("%s: %s", name, Files.readString(Path.of(file + ".err")))
                .isZero();
    }

    /** Ends it if it is there. */
    void destroy() {
        process.destroyForcibly();
    }

    /** What it went through; a line that a kill cut off does not count. */
    List<HistoryEvent> history() throws IOException {
        List<HistoryEvent> history = new ArrayList<>(done);
        if (Files.exists(file)) {
            String text = Files.readString(file);
            text.substring(0, text.lastIndexOf('\n') + 1)
                    .lines()
                    .map(HistoryEvent::parse)
                    .forEach(history::add);
        }
        history.sort(Comparator.comparingLong(HistoryEvent::nanos));
        return history;
    }
}

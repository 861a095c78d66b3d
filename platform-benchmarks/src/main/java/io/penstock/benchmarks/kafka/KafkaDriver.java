package io.penstock.benchmarks.kafka;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import reactor.core.scheduler.Schedulers;

/** The process that drives Kafka. Prints one line of JSON, a {@link DriverReport}. */
@Command(name = "kafka-driver")
public final class KafkaDriver implements Callable<Integer> {

    /** What is driven by what. */
    enum Task {
        reactor_produce,
        reactor_consume,
        reactor_latency,
        clients_consume,
        clients_latency
    }

    private static final int FAILED_WORKER = 3;

    @Parameters(index = "0")
    private Task task = Task.reactor_produce;

    @Mixin
    private DriverOptions options = new DriverOptions();

    private KafkaDriver() {}

    /** Measures and ends with 0, or with something else and the reason on standard error. */
    public static void main(String[] arguments) {
        // else whoever waits for the rest of a stream waits for ever
        Schedulers.onHandleError((thread, failure) -> {
            failure.printStackTrace();
            Runtime.getRuntime().halt(FAILED_WORKER);
        });
        System.exit(commandLine().execute(arguments));
    }

    /** What understands the arguments. */
    public static CommandLine commandLine() {
        return new CommandLine(new KafkaDriver());
    }

    @Override
    public Integer call() throws Exception {
        System.out.println(new ObjectMapper().writeValueAsString(measure()));
        return 0;
    }

    private DriverReport measure() {
        return switch (task) {
            case reactor_produce -> new ReactorDriver(options).produce();
            case reactor_consume -> new ReactorDriver(options).consume();
            case reactor_latency -> new ReactorDriver(options).latency();
            case clients_consume -> new ClientsDriver(options).consume();
            case clients_latency -> new ClientsDriver(options).latency();
        };
    }
}

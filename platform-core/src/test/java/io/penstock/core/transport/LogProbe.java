package io.penstock.core.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What is written to the log while it is open. */
public final class LogProbe implements AutoCloseable {

    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            events.add(event);
        }
    };

    public LogProbe() {
        appender.setContext(root.getLoggerContext());
        appender.start();
        root.addAppender(appender);
    }

    /** The lines of a class at WARN and above. */
    public List<String> warnings(String simpleClassName) {
        return events.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                .filter(event -> event.getLoggerName().endsWith("." + simpleClassName))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    /** Fails if a line came with a stack trace. */
    public void assertNoStackTraces() {
        assertThat(events)
                .filteredOn(event -> event.getThrowableProxy() != null)
                .extracting(LogProbe::text)
                .as("lines with stack traces")
                .isEmpty();
    }

    private static String text(ILoggingEvent event) {
        StringWriter text = new StringWriter();
        text.append(event.getLoggerName())
                .append(": ")
                .append(event.getFormattedMessage())
                .append('\n');
        if (event.getThrowableProxy() instanceof ThrowableProxy proxy) {
            proxy.getThrowable().printStackTrace(new PrintWriter(text, true));
        }
        return text.toString();
    }

    @Override
    public void close() {
        root.detachAppender(appender);
        appender.stop();
    }
}

package io.penstock.cli.terminal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** {@code --output}: for a person or for a program; a picocli mixin. */
public final class OutputForm {

    /** The forms. */
    enum Form {
        text,
        json
    }

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            defaultValue = "text",
            description = "One of: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Form form = Form.text;

    /** Writes the value in JSON, or the lines that are made of it. */
    public void write(Terminal terminal, Object value, Supplier<List<String>> lines) {
        if (form == Form.text) {
            lines.get().forEach(terminal.out()::println);
            return;
        }
        try {
            terminal.out().println(JSON.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a protocol body is always writable as JSON", e);
        }
    }
}

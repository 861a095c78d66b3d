package io.penstock.cli.connection;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 262144}, {@code 256k} and {@code 4m} as so many bytes; a k is 1024 of them. */
final class ByteCount implements ITypeConverter<Integer> {

    private static final Pattern FORM = Pattern.compile("(\\d{1,10})([km]?)");

    @Override
    public Integer convert(String value) {
        Matcher form = FORM.matcher(value.toLowerCase(Locale.ROOT));
        if (!form.matches()) {
            throw new TypeConversionException("'" + value + "' is no number of bytes like 262144, 256k or 4m");
        }
        long unit = switch (form.group(2)) {
            case "k" -> 1 << 10;
            case "m" -> 1 << 20;
            default -> 1;
        };
        long bytes = Long.parseLong(form.group(1)) * unit;
        if (bytes > Integer.MAX_VALUE) {
            throw new TypeConversionException("'" + value + "' is more than 2 GiB");
        }
        return (int) bytes;
    }
}

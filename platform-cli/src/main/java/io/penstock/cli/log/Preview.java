package io.penstock.cli.log;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Bytes for the eye: quoted text if they are text, else hexadecimal. */
final class Preview {

    private Preview() {}

    static String of(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (text.chars().noneMatch(Preview::isUnprintable)) {
                return '"' + escape(text) + '"';
            }
        } catch (CharacterCodingException e) {
            // not text
        }
        return "0x" + HexFormat.of().formatHex(bytes);
    }

    private static boolean isUnprintable(int character) {
        return Character.isISOControl(character) && character != '\n' && character != '\t' && character != '\r';
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\")
                .replace("\"", "\\\"")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t");
    }
}

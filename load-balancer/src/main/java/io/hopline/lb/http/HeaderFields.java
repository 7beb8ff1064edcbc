package io.hopline.lb.http;

import io.netty.buffer.ByteBuf;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The header fields of one message, whichever version of HTTP it came by, in their order. Event loop only.
 *
 * <p>All lie as lines {@code name: value CRLF} in one array, and what passes unchanged is written by copying whole runs of
 * lines: a field costs no object. Names are compared without case; those given to a method are in lower case. Values are
 * bytes, read and written as ISO 8859-1 (RFC 9110, section 5.5). Nothing is checked here: see {@link HeadParser}.
 */
public final class HeaderFields implements FieldReader {
    private static final int MARKS = 4;

    private byte[] bytes;
    private int used;
    /** For each field where its name begins and ends and its value begins and ends. */
    private int[] marks = new int[16 * MARKS];

    private @Nullable KnownField[] kinds = new KnownField[16];
    private int count;

    /** No fields yet; {@code capacity} is a guess of their bytes. */
    public HeaderFields(int capacity) {
        this.bytes = new byte[capacity];
    }

    /** For the parser, which notes the fields of these lines by {@link #note}. */
    public HeaderFields(byte[] lines) {
        this.bytes = lines;
        this.used = lines.length;
    }

    /** How many fields there are or were; a removed one keeps its index. */
    public int count() {
        return count;
    }

    /** Which field this is, or null when it was removed. */
    @Nullable
    public KnownField kind(int index) {
        return kinds[index];
    }

    /** The name as it was sent. */
    String name(int index) {
        int at = index * MARKS;
        return text(marks[at], marks[at + 1]);
    }

    String value(int index) {
        int at = index * MARKS;
        return text(marks[at + 2], marks[at + 3]);
    }

    /** The name in lower case, as HTTP/2 has it; shares nothing. */
    AsciiString asciiName(int index) {
        int at = index * MARKS;
        byte[] name = Arrays.copyOfRange(bytes, marks[at], marks[at + 1]);
        for (int i = 0; i < name.length; i++) {
            name[i] = (byte) KnownField.lowerCase(name[i]);
        }
        return new AsciiString(name, false);
    }

    /** The value; shares nothing. */
    AsciiString asciiValue(int index) {
        int at = index * MARKS;
        return new AsciiString(bytes, marks[at + 2], marks[at + 3] - marks[at + 2], true);
    }

    /** The first field of this kind at or after {@code from}, or -1. */
    public int find(KnownField kind, int from) {
        for (int i = from; i < count; i++) {
            if (kinds[i] == kind) {
                return i;
            }
        }
        return -1;
    }

    /** The first field of this name at or after {@code from}, or -1. */
    public int find(String lowerCaseName, int from) {
        for (int i = from; i < count; i++) {
            if (kinds[i] != null && named(i, lowerCaseName)) {
                return i;
            }
        }
        return -1;
    }

    public boolean contains(KnownField kind) {
        return find(kind, 0) >= 0;
    }

    public boolean contains(String lowerCaseName) {
        return find(lowerCaseName, 0) >= 0;
    }

    @Override
    public @Nullable String get(String lowerCaseName) {
        int index = find(lowerCaseName, 0);
        return index < 0 ? null : value(index);
    }

    @Override
    public List<String> all(String lowerCaseName) {
        List<String> values = new ArrayList<>(2);
        for (int i = find(lowerCaseName, 0); i >= 0; i = find(lowerCaseName, i + 1)) {
            values.add(value(i));
        }
        return values;
    }

    /** True when the comma-separated lists of all fields of this kind have this member, in any case. */
    public boolean lists(KnownField kind, String lowerCaseToken) {
        for (int i = find(kind, 0); i >= 0; i = find(kind, i + 1)) {
            int from = marks[i * MARKS + 2];
            int end = marks[i * MARKS + 3];
            while (from < end) {
                int comma = from;
                while (comma < end && bytes[comma] != ',') {
                    comma++;
                }
                if (isToken(from, comma, lowerCaseToken)) {
                    return true;
                }
                from = comma + 1;
            }
        }
        return false;
    }

    /** True when the field's whole value is this, in any case. */
    boolean valueIs(int index, String lowerCase) {
        return isToken(marks[index * MARKS + 2], marks[index * MARKS + 3], lowerCase);
    }

    /** A field after all others; the name is written as given. */
    public void add(CharSequence name, CharSequence value) {
        int start = used;
        reserve(name.length() + value.length() + 4);
        used = put(start, name);
        int nameEnd = used;
        bytes[used++] = ':';
        bytes[used++] = ' ';
        int valueStart = used;
        used = put(used, value);
        int valueEnd = used;
        bytes[used++] = '\r';
        bytes[used++] = '\n';
        note(start, nameEnd, valueStart, valueEnd);
    }

    /** One field of this name, whatever there was. */
    public void set(String lowerCaseName, CharSequence value) {
        remove(lowerCaseName);
        add(lowerCaseName, value);
    }

    public void remove(int index) {
        kinds[index] = null;
    }

    public void remove(String lowerCaseName) {
        for (int i = find(lowerCaseName, 0); i >= 0; i = find(lowerCaseName, i + 1)) {
            kinds[i] = null;
        }
    }

    /** Takes note of a field whose line is in the array. */
    void note(int nameStart, int nameEnd, int valueStart, int valueEnd) {
        if (count == kinds.length) {
            kinds = Arrays.copyOf(kinds, count * 2);
            marks = Arrays.copyOf(marks, count * 2 * MARKS);
        }
        kinds[count] = KnownField.of(bytes, nameStart, nameEnd);
        int at = count * MARKS;
        marks[at] = nameStart;
        marks[at + 1] = nameEnd;
        marks[at + 2] = valueStart;
        marks[at + 3] = valueEnd;
        count++;
    }

    /** At most this many bytes are written by {@link #writeTo}. */
    public int byteBound() {
        return used + 2 * count;
    }

    /** Writes every field as an HTTP/1.1 line, without the empty line at the end. */
    public void writeTo(ByteBuf out) {
        int i = 0;
        while (i < count) {
            if (kinds[i] == null) {
                i++;
            } else if (isPlain(i)) {
                int last = i;
                while (last + 1 < count && follows(last + 1)) {
                    last++;
                }
                int start = marks[i * MARKS];
                out.writeBytes(bytes, start, marks[last * MARKS + 3] + 2 - start);
                i = last + 1;
            } else {
                int at = i * MARKS;
                out.writeBytes(bytes, marks[at], marks[at + 1] - marks[at]);
                out.writeShort(':' << 8 | ' ');
                out.writeBytes(bytes, marks[at + 2], marks[at + 3] - marks[at + 2]);
                out.writeShort('\r' << 8 | '\n');
                i++;
            }
        }
    }

    /** True when the line is written as we write it: one space after the colon, none at the end. */
    private boolean isPlain(int index) {
        int at = index * MARKS;
        int end = marks[at + 3];
        return marks[at + 2] == marks[at + 1] + 2
                && bytes[marks[at + 1] + 1] == ' '
                && bytes[end] == '\r'
                && bytes[end + 1] == '\n';
    }

    private boolean follows(int index) {
        return kinds[index] != null && marks[index * MARKS] == marks[index * MARKS - 1] + 2 && isPlain(index);
    }

    private boolean named(int index, String lowerCaseName) {
        int at = index * MARKS;
        int start = marks[at];
        if (marks[at + 1] - start != lowerCaseName.length()) {
            return false;
        }
        for (int i = 0; i < lowerCaseName.length(); i++) {
            if (KnownField.lowerCase(bytes[start + i]) != lowerCaseName.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean isToken(int from, int to, String lowerCaseToken) {
        int start = from;
        int end = to;
        while (start < end && isBlank(bytes[start])) {
            start++;
        }
        while (end > start && isBlank(bytes[end - 1])) {
            end--;
        }
        if (end - start != lowerCaseToken.length()) {
            return false;
        }
        for (int i = 0; i < lowerCaseToken.length(); i++) {
            if (KnownField.lowerCase(bytes[start + i]) != lowerCaseToken.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private void reserve(int more) {
        if (used + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(used + more, used + used / 2 + 64));
        }
    }

    private int put(int at, CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            bytes[at + i] = (byte) text.charAt(i);
        }
        return at + text.length();
    }

    private String text(int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }
}

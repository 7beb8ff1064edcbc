package io.hopline.lb.config;

import io.hopline.lb.http.HeaderFields;
import io.hopline.lb.http.HttpToken;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Changes of header fields: first {@code remove}, then {@code set}, then {@code add}. Fields that frame the message or
 * belong to one connection are out of reach (RFC 9110, section 7.6.1). Names are kept in lower case.
 */
public record FieldEdits(Map<String, String> set, Map<String, String> add, List<String> remove) {
    public static final FieldEdits NONE = new FieldEdits(Map.of(), Map.of(), List.of());

    private static final Set<String> UNTOUCHABLE = Set.of(
            "connection",
            "content-length",
            "host",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    public FieldEdits {
        set = lowerCase(set);
        add = lowerCase(add);
        remove = remove.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
        set.forEach(FieldEdits::check);
        add.forEach(FieldEdits::check);
        remove.forEach(name -> check(name, ""));
    }

    private static Map<String, String> lowerCase(Map<String, String> fields) {
        Map<String, String> lower = new LinkedHashMap<>();
        fields.forEach((name, value) -> lower.put(name.toLowerCase(Locale.ROOT), value));
        return Collections.unmodifiableMap(lower);
    }

    /** Changes a message's fields. */
    public void apply(HeaderFields fields) {
        if (this == NONE) {
            return;
        }
        remove.forEach(fields::remove);
        set.forEach(fields::set);
        add.forEach(fields::add);
    }

    private static void check(String name, String value) {
        if (!HttpToken.valid(name)) {
            throw new IllegalArgumentException("not the name of a header: '" + name + "'");
        }
        if (UNTOUCHABLE.contains(name.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException("header " + name + " is the proxy's own to change");
        }
        if (!HttpToken.validValue(value)) {
            throw new IllegalArgumentException("not a value of header " + name + ": '" + value + "'");
        }
    }
}

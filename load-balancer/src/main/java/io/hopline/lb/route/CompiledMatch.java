package io.hopline.lb.route;

import com.google.re2j.Pattern;
import io.hopline.lb.config.Expressions;
import io.hopline.lb.config.FieldMatch;
import io.hopline.lb.config.RouteMatch;
import io.hopline.lb.http.FieldReader;
import io.hopline.lb.http.QueryText;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A {@link RouteMatch} made ready. Regular expressions are RE2's, which take time linear in what they look at, so that no
 * path can be made to cost much. Immutable.
 */
public final class CompiledMatch {
    /** A condition on a field. */
    private record Field(
            String name,
            FieldMatch.Kind kind,
            String value,
            @Nullable Pattern pattern) {
        static Field of(FieldMatch match) {
            boolean regex = match.kind() == FieldMatch.Kind.REGEX;
            return new Field(
                    match.name(),
                    match.kind(),
                    match.value(),
                    regex ? Expressions.compile("value", match.value()) : null);
        }

        boolean accepts(String seen) {
            return switch (kind) {
                case PRESENT -> true;
                case ABSENT -> false;
                case EXACT -> value.equals(seen);
                case REGEX -> pattern != null && pattern.matches(seen);
            };
        }
    }

    private final RouteMatch rule;
    private final @Nullable Pattern path;
    private final List<Field> headers;
    private final List<Field> query;

    /** @throws com.google.re2j.PatternSyntaxException for a regular expression that RE2 does not know */
    CompiledMatch(RouteMatch rule) {
        this.rule = rule;
        this.path = rule.pathKind() == RouteMatch.PathKind.REGEX ? Expressions.compile("path", rule.path()) : null;
        this.headers = rule.headers().stream()
                .map(header -> new FieldMatch(header.name().toLowerCase(Locale.ROOT), header.kind(), header.value()))
                .map(Field::of)
                .toList();
        this.query = rule.query().stream().map(Field::of).toList();
    }

    RouteMatch rule() {
        return rule;
    }

    /** Whether the request is this route's; the host has been compared. */
    boolean accepts(String method, String target, int pathEnd, FieldReader fields) {
        return acceptsPath(target, pathEnd)
                && (rule.methods().isEmpty() || rule.methods().contains(method))
                && acceptsHeaders(fields)
                && acceptsQuery(target, pathEnd);
    }

    private boolean acceptsPath(String target, int pathEnd) {
        String wanted = rule.path();
        return switch (rule.pathKind()) {
            case EXACT -> pathEnd == wanted.length() && target.startsWith(wanted);
            case REGEX -> path != null && path.matches(target.substring(0, pathEnd));
            case PREFIX ->
                pathEnd >= wanted.length()
                        && target.startsWith(wanted)
                        && (wanted.endsWith("/")
                                || pathEnd == wanted.length()
                                || target.charAt(wanted.length()) == '/');
        };
    }

    private boolean acceptsHeaders(FieldReader fields) {
        for (Field field : headers) {
            List<String> seen = fields.all(field.name());
            if (seen.isEmpty()
                    ? field.kind() != FieldMatch.Kind.ABSENT
                    : seen.stream().noneMatch(field::accepts)) {
                return false;
            }
        }
        return true;
    }

    private boolean acceptsQuery(String target, int pathEnd) {
        for (Field field : query) {
            String seen = QueryText.value(target, pathEnd, field.name());
            if (seen == null ? field.kind() != FieldMatch.Kind.ABSENT : !field.accepts(seen)) {
                return false;
            }
        }
        return true;
    }

    /** 0 for a prefix, 1 for a regular expression, 2 for an exact path. */
    int pathRank() {
        return switch (rule.pathKind()) {
            case PREFIX -> 0;
            case REGEX -> 1;
            case EXACT -> 2;
        };
    }

    /** Only prefixes are compared by their length. */
    int prefixLength() {
        return rule.pathKind() == RouteMatch.PathKind.PREFIX ? rule.path().length() : 0;
    }

    /** How many conditions there are beside host and path. */
    int conditions() {
        return (rule.methods().isEmpty() ? 0 : 1) + headers.size() + query.size();
    }

    /** The target with {@code replacement} for what was matched: of a prefix just that, else the path; the query stays. */
    public String replacePath(String target, int pathEnd, String replacement) {
        int end = rule.pathKind() == RouteMatch.PathKind.PREFIX ? rule.path().length() : pathEnd;
        String rest = target.substring(end);
        if (replacement.endsWith("/") && rest.startsWith("/")) {
            return replacement + rest.substring(1);
        }
        boolean joins = rest.isEmpty() || rest.startsWith("/") || rest.startsWith("?") || replacement.endsWith("/");
        return joins ? replacement + rest : replacement + "/" + rest;
    }
}

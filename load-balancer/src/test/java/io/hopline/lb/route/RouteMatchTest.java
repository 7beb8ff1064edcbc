package io.hopline.lb.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hopline.lb.config.Balancing;
import io.hopline.lb.config.FieldEdits;
import io.hopline.lb.config.FieldMatch;
import io.hopline.lb.config.Redirect;
import io.hopline.lb.config.RouteMatch;
import io.hopline.lb.http.CookieText;
import io.hopline.lb.http.HeaderFields;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteMatchTest {
    private static final HeaderFields NONE = fields();

    private static CompiledMatch path(RouteMatch.PathKind kind, String path) {
        return new CompiledMatch(new RouteMatch("*", kind, path, List.of(), List.of(), List.of()));
    }

    private static HeaderFields fields(String... namesAndValues) {
        HeaderFields fields = new HeaderFields(64);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    private static boolean accepts(CompiledMatch match, String target, HeaderFields headers) {
        int query = target.indexOf('?');
        return match.accepts("GET", target, query < 0 ? target.length() : query, headers);
    }

    @ParameterizedTest
    @CsvSource({
        "PREFIX, /api, /api, true",
        "PREFIX, /api, /api/v1, true",
        "PREFIX, /api, /api?x, true",
        "PREFIX, /api, /apix, false",
        "PREFIX, /api/, /api, false",
        "PREFIX, /, /anything, true",
        "EXACT, /api, /api, true",
        "EXACT, /api, /api?x=/api, true",
        "EXACT, /api, /api/, false",
        "EXACT, /api/v1, /api?/v1, false",
        "REGEX, '/users/[0-9]{1,6}', /users/42, true",
        "REGEX, '/users/[0-9]{1,6}', /users/42?a=b, true",
        "REGEX, '/users/[0-9]{1,6}', /users/42/x, false",
    })
    void comparesPaths(RouteMatch.PathKind kind, String rule, String target, boolean accepted) {
        assertThat(accepts(path(kind, rule), target, NONE)).isEqualTo(accepted);
    }

    /** With a backtracking engine this would not end within the age of the universe. */
    @Test
    void noPathMakesARegularExpressionSlow() {
        CompiledMatch match = path(RouteMatch.PathKind.REGEX, "/(a+)+(a|aa)+b");
        assertThat(accepts(match, "/" + "a".repeat(8000), NONE)).isFalse();
        assertThat(accepts(match, "/" + "a".repeat(8000) + "b", NONE)).isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> path(RouteMatch.PathKind.REGEX, "/(a)\\1"))
                .withMessageContaining("path must be a regular expression in RE2's syntax");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> path(RouteMatch.PathKind.REGEX, "/((a{99}){99}){99}"))
                .withMessageContaining("path must repeat less");
    }

    @Test
    void comparesMethodsHeadersAndQuery() {
        CompiledMatch match = new CompiledMatch(new RouteMatch(
                "*",
                RouteMatch.PathKind.PREFIX,
                "/",
                List.of("GET", "HEAD"),
                List.of(
                        new FieldMatch("X-Env", FieldMatch.Kind.REGEX, "canary-[0-9]+"),
                        new FieldMatch("X-Old", FieldMatch.Kind.ABSENT, "")),
                List.of(
                        new FieldMatch("v", FieldMatch.Kind.EXACT, "2"),
                        new FieldMatch("debug", FieldMatch.Kind.PRESENT, ""))));
        HeaderFields headers = fields("x-env", "other", "x-env", "canary-7");
        String target = "/p?vv=1&v=2&debug";
        assertThat(accepts(match, target, headers)).isTrue();
        assertThat(match.accepts("POST", target, 2, headers)).isFalse();
        assertThat(accepts(match, "/p?v=22&debug", headers)).isFalse();
        assertThat(accepts(match, "/p?v=2", headers)).isFalse();
        assertThat(accepts(match, target, fields("x-env", "canary-7x"))).isFalse();
        assertThat(accepts(match, target, fields("x-env", "other", "x-env", "canary-7", "X-Old", "1")))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "PREFIX, /api, /v2, /api/x?q=1, /v2/x?q=1",
        "PREFIX, /api, /, /api/x, /x",
        "PREFIX, /api, /, /api, /",
        "PREFIX, /api, /, /api?q, /?q",
        "PREFIX, /api/, /, /api/x, /x",
        "PREFIX, /, /v2, /x, /v2/x",
        "PREFIX, /, /v2/, /x, /v2/x",
        "EXACT, /old, /new, /old?q=1, /new?q=1",
        "REGEX, '/u/.*', /new, /u/1?q=1, /new?q=1",
    })
    void replacesWhatWasMatched(
            RouteMatch.PathKind kind, String rule, String replacement, String target, String replaced) {
        int query = target.indexOf('?');
        assertThat(path(kind, rule).replacePath(target, query < 0 ? target.length() : query, replacement))
                .isEqualTo(replaced);
    }

    @Test
    void findsCookies() {
        HeaderFields headers = fields("Cookie", "xid=no; id=yes; id=late", "Cookie", "other=2");
        assertThat(CookieText.value(headers, "id")).isEqualTo("yes");
        assertThat(CookieText.value(headers, "other")).isEqualTo("2");
        assertThat(CookieText.value(headers, "d")).isNull();
        assertThat(CookieText.value(NONE, "id")).isNull();
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatIllegalArgumentException().isThrownBy(() -> RouteMatch.prefix("a b", "/"));
        assertThatIllegalArgumentException().isThrownBy(() -> RouteMatch.prefix("*", "api"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FieldEdits(Map.of("Content-Length", "1"), Map.of(), List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FieldEdits(Map.of("X-A", "1\r\nX-B: 2"), Map.of(), List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new Redirect(200, "https", "", ""));
        assertThatIllegalArgumentException().isThrownBy(() -> new Redirect(308, "", "", ""));
        assertThatIllegalArgumentException().isThrownBy(() -> new Balancing(Balancing.Method.STICKY_COOKIE, "a b"));
    }
}

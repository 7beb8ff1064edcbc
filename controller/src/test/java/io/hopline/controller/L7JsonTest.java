package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.lb.config.Balancing;
import io.hopline.lb.config.L7Options;
import io.hopline.lb.config.ProxyRoute;
import io.hopline.lb.config.RateLimit;
import io.hopline.lb.config.RouteMatch;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class L7JsonTest {
    private static final String ROUTE = """
            {"host": "*.example.com", "pathRegex": "/v[0-9]+/.*", "methods": ["GET"],
             "headers": [{"name": "X-Env", "value": "blue"}], "query": [{"name": "debug", "kind": "present"}],
             "splits": [{"weight": 9, "backends": ["web1"]}, {"backends": ["web2"]}],
             "balancing": {"method": "hash-cookie", "name": "id"},
             "rewrite": {"path": "/new", "request": {"set": {"X-By": "us", "X-A": "1"}, "remove": ["X-Secret"]}},
             "rateLimit": {"requestsPerSecond": 50, "per": "client"}}
            """;

    private static L7Route route(String json) {
        return L7Json.route(JsonBody.parse(json));
    }

    @Test
    void whatIsNotSaidHasItsDefault() {
        L7Options options = L7Json.options(
                JsonBody.parse("{\"l7\": {\"policy\": {\"retries\": {\"statuses\": [503]}, \"slowStartMs\": 2000}}}"));
        assertThat(options.policy().retries().statuses()).containsExactly(503);
        assertThat(options.policy().retries().maxTries()).isEqualTo(3);
        assertThat(options.policy().slowStartMs()).isEqualTo(2000);
        assertThat(options.settings()).isEqualTo(L7Options.DEFAULT.settings());
        assertThat(L7Json.options(JsonBody.parse("{}"))).isEqualTo(L7Options.DEFAULT);
        L7Route plain = route("{\"backends\": [\"web1\"]}");
        assertThat(plain).isEqualTo(new L7Route("*", "/", List.of("web1")));
    }

    @Test
    void readsWhatItWrites() {
        L7Route route = route(ROUTE);
        assertThat(route.match().pathKind()).isEqualTo(RouteMatch.PathKind.REGEX);
        assertThat(route.rateLimit()).isEqualTo(new RateLimit(50, 50, RateLimit.Per.CLIENT));
        assertThat(route.rewrite().request().set().keySet()).containsExactly("x-by", "x-a");
        ObjectNode written = Replies.object();
        L7Json.route(written, route);
        assertThat(route(written.toString())).isEqualTo(route);
        L7Route redirect = route("{\"redirect\": {\"scheme\": \"https\"}}");
        assertThat(redirect.redirect().orElseThrow().status()).isEqualTo(308);
        ObjectNode again = Replies.object();
        L7Json.route(again, redirect);
        assertThat(route(again.toString())).isEqualTo(redirect);
    }

    /** A node reads what the controller writes with a plain mapper. */
    @Test
    void aNodeUnderstandsIt() {
        JsonMapper node = JsonMapper.shared();
        ProxyRoute route = route(ROUTE).forProxy(Balancing.ROUND_ROBIN, Set.of("web2"), Set.of("web1"));
        assertThat(route.splits().getFirst().backends()).isEmpty();
        assertThat(route.splits().getLast().backends()).containsExactly("web2");
        assertThat(node.readValue(L7Json.tree(route).toString(), ProxyRoute.class))
                .isEqualTo(route);
        ProxyRoute redirect =
                route("{\"redirect\": {\"scheme\": \"https\"}}").forProxy(Balancing.ROUND_ROBIN, Set.of(), Set.of());
        assertThat(node.readValue(L7Json.tree(redirect).toString(), ProxyRoute.class))
                .isEqualTo(redirect);
        assertThat(node.readValue(L7Json.options(L7Options.DEFAULT).toString(), L7Options.class))
                .isEqualTo(L7Options.DEFAULT);
    }
}

package io.hopline.lb.proxy;

import io.hopline.lb.config.Redirect;
import io.hopline.lb.config.RequestLimits;
import io.hopline.lb.http.Refusal;
import io.hopline.lb.http.RequestHead;
import io.hopline.lb.http.RequestRules;
import io.hopline.lb.route.CompiledMatch;
import io.hopline.lb.route.RateLimiter;
import io.hopline.lb.route.RoutingTable;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.Inet4Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Whether a request that is well-formed gets to a backend, or an answer of our own. */
final class Admission {
    private static final Refusal NO_ROUTE =
            new Refusal(HttpResponseStatus.NOT_FOUND, "no route for this host and path");
    private static final Refusal NO_BACKEND =
            new Refusal(HttpResponseStatus.SERVICE_UNAVAILABLE, "no backend is healthy");
    private static final Refusal LONG_TARGET =
            new Refusal(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the request's target is too long");
    static final Refusal LONG_BODY =
            new Refusal(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "the request's body is too long");

    static final Refusal LATE =
            new Refusal(HttpResponseStatus.REQUEST_TIMEOUT, "the request did not come to its end in time");

    private Admission() {}

    /** Why a request does not get to a backend, or null when it does. */
    static @Nullable Refusal refusal(
            @Nullable LoopRoute route, RequestHead request, RequestLimits limits, Front front, InetAddress client) {
        if (request.target().length() > limits.maxTargetBytes()) {
            return LONG_TARGET;
        }
        if (limits.maxBodyBytes() > 0 && request.bodyBytes() > limits.maxBodyBytes()) {
            return LONG_BODY;
        }
        if (route == null) {
            return NO_ROUTE;
        }
        RoutingTable.Route compiled = route.route();
        RateLimiter limiter = compiled.limiter();
        if (limiter != null) {
            long waitNs = limiter.pass(number(client), System.nanoTime());
            if (waitNs > 0) {
                return tooMany(waitNs);
            }
        }
        Redirect redirect = compiled.redirect();
        if (redirect != null) {
            return new Refusal(
                    HttpResponseStatus.valueOf(redirect.status()),
                    "see the Location field",
                    "location",
                    location(redirect, compiled.match(), request, front.scheme()));
        }
        return route.isEmpty() && route.sticky(request.fields()) == null ? NO_BACKEND : null;
    }

    private static Refusal tooMany(long waitNs) {
        long seconds = (waitNs + 999_999_999L) / 1_000_000_000L;
        return new Refusal(
                HttpResponseStatus.TOO_MANY_REQUESTS,
                "more requests than are allowed",
                "retry-after",
                Long.toString(seconds));
    }

    private static String location(Redirect redirect, CompiledMatch match, RequestHead request, String scheme) {
        String target = RequestRules.originForm(request.target());
        if (!redirect.path().isEmpty()) {
            target = match.replacePath(target, RequestRules.path(target).length(), redirect.path());
        }
        String to = redirect.scheme().isEmpty() ? scheme : redirect.scheme();
        String host = redirect.host();
        if (host.isEmpty()) {
            String asked = request.fields().get("host");
            host = to.equals(scheme) && asked != null ? asked : request.host();
        }
        return to + "://" + host + target;
    }

    /** A well-mixed number of a client; of an IPv6 address its /64 counts. */
    private static long number(InetAddress client) {
        long number = 0;
        byte[] bytes = client.getAddress();
        int counted = client instanceof Inet4Address ? 4 : 8;
        for (int i = 0; i < counted; i++) {
            number = number << 8 | bytes[i] & 0xff;
        }
        number = (number ^ number >>> 33) * 0xff51afd7ed558ccdL;
        number = (number ^ number >>> 33) * 0xc4ceb9fe1a85ec53L;
        return number ^ number >>> 33;
    }
}

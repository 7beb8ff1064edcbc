package io.hopline.lb.proxy;

import io.hopline.lb.http.AddressText;
import io.hopline.lb.http.HeaderFields;
import io.hopline.lb.http.KnownField;
import io.hopline.lb.http.RequestHead;
import io.hopline.lb.http.RequestRules;
import io.hopline.lb.http.ResponseHead;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Set;

/** Header fields as they change on their way through the proxy (RFC 9110, section 7.6; RFC 9112, section 9). */
public final class ProxyHeaders {
    /** A Connection header may not take away what frames or routes the message. */
    private static final Set<String> NEVER_BY_CONNECTION = Set.of(
            "host",
            "content-length",
            "transfer-encoding",
            "connection",
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-forwarded-host",
            "x-forwarded-port");

    private ProxyHeaders() {}

    /** Makes a client's request one of ours to the backend. */
    static void toBackend(RequestHead request, InetSocketAddress listen) {
        HeaderFields fields = request.fields();
        removeHopByHop(fields);
        String authority = RequestRules.authority(request.target());
        if (authority != null) {
            fields.set("host", authority);
            request.target(RequestRules.originForm(request.target()));
        } else if (!fields.contains(KnownField.HOST)) {
            fields.add("host", AddressText.of(listen));
        }
    }

    /** Takes out of a backend's answer what is about its connection to us. */
    static void toClient(ResponseHead response) {
        removeHopByHop(response.fields());
    }

    private static void removeHopByHop(HeaderFields fields) {
        boolean named = fields.contains(KnownField.CONNECTION);
        if (named) {
            for (String list : fields.all("connection")) {
                removeListed(fields, list);
            }
        }
        for (int i = 0; i < fields.count(); i++) {
            KnownField kind = fields.kind(i);
            if (kind != null && kind.hopByHop()) {
                fields.remove(i);
            }
        }
    }

    private static void removeListed(HeaderFields fields, String list) {
        if (list.equalsIgnoreCase("close") || list.equalsIgnoreCase("keep-alive")) {
            return;
        }
        for (String name : list.split(",")) {
            String token = name.strip().toLowerCase(Locale.ROOT);
            if (!token.isEmpty() && !NEVER_BY_CONNECTION.contains(token)) {
                fields.remove(token);
            }
        }
    }
}

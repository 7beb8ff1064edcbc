package io.hopline.lb.route;

import io.hopline.lb.config.AddressRange;
import io.hopline.lb.config.Forwarding;
import io.hopline.lb.http.AddressText;
import io.hopline.lb.http.FieldReader;
import io.hopline.lb.http.HeaderFields;
import io.hopline.lb.http.KnownField;
import io.hopline.lb.http.Peer;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request says of the client it comes from: X-Forwarded-For, -Proto, -Host and -Port, Forwarded (RFC 7239), Via. A
 * client's own word is thrown away unless it is a trusted proxy. X-Client-Subject is ours alone. Immutable.
 */
public final class ForwardedFields {
    private static final String FOR = "x-forwarded-for";
    private static final String PROTO = "x-forwarded-proto";
    private static final String HOST = "x-forwarded-host";
    private static final String PORT = "x-forwarded-port";
    private static final String FORWARDED = "forwarded";
    private static final String VIA = "via";

    private final Forwarding rule;
    private final List<AddressRange> trusted;

    public ForwardedFields(Forwarding rule) {
        this.rule = rule;
        this.trusted = rule.trusted().stream().map(AddressRange::parse).toList();
    }

    /** Whether connections from there begin with a PROXY header. */
    public boolean introduces(InetAddress peer) {
        return rule.proxyProtocol() && AddressRange.anyContains(trusted, peer);
    }

    /** Whom the request comes from: the peer or, as far as those in front are trusted, whom they say they speak for. */
    public InetAddress client(FieldReader fields, InetAddress peer) {
        if (trusted.isEmpty() || !AddressRange.anyContains(trusted, peer)) {
            return peer;
        }
        String[] hops = String.join(",", fields.all(FOR)).split(",");
        InetAddress known = peer;
        for (int i = hops.length - 1; i >= 0; i--) {
            InetAddress hop = parse(hops[i].strip());
            if (hop == null) {
                return known;
            }
            known = hop;
            if (!AddressRange.anyContains(trusted, hop)) {
                return hop;
            }
        }
        return known;
    }

    private static @Nullable InetAddress parse(String text) {
        try {
            return text.isEmpty() ? null : InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException notAnAddress) {
            return null;
        }
    }

    /** Tells the backend. */
    public void toBackend(HeaderFields fields, Peer client) {
        InetAddress peer = client.address().getAddress();
        boolean believed = !trusted.isEmpty() && AddressRange.anyContains(trusted, peer);
        String address = AddressText.of(peer);
        if (rule.xForwarded()) {
            put(fields, FOR, address, believed);
            if (!believed || !fields.contains(PROTO)) {
                fields.set(PROTO, client.scheme());
            }
            String host = fields.get("host");
            if (!believed || !fields.contains(HOST)) {
                fields.set(HOST, host == null ? "" : host);
            }
            if (!believed || !fields.contains(PORT)) {
                fields.set(PORT, Integer.toString(client.asked().getPort()));
            }
        } else if (!believed) {
            fields.remove(FOR);
            fields.remove(PROTO);
            fields.remove(HOST);
            fields.remove(PORT);
        }
        if (rule.forwarded()) {
            String node = peer instanceof Inet6Address ? "\"[" + address + "]\"" : address;
            String host = fields.get("host");
            String element = "for=" + node + ";host=\"" + (host == null ? "" : host) + "\";proto=" + client.scheme();
            put(fields, FORWARDED, element, believed);
        } else if (!believed) {
            fields.remove(FORWARDED);
        }
        via(fields);
        subject(fields, client.subject());
    }

    /** Nobody is believed about certificates that we have not seen. */
    private static void subject(HeaderFields fields, @Nullable String subject) {
        for (int i = fields.find(KnownField.X_CLIENT_SUBJECT, 0);
                i >= 0;
                i = fields.find(KnownField.X_CLIENT_SUBJECT, i + 1)) {
            fields.remove(i);
        }
        if (subject != null) {
            fields.add(KnownField.X_CLIENT_SUBJECT.text(), subject);
        }
    }

    /** Adds our name to those that a message went through. */
    public void via(HeaderFields fields) {
        if (!rule.via().isEmpty()) {
            fields.add(VIA, "1.1 " + rule.via());
        }
    }

    private static void put(HeaderFields fields, String name, String value, boolean after) {
        if (after && fields.contains(name)) {
            fields.set(name, String.join(", ", fields.all(name)) + ", " + value);
        } else {
            fields.set(name, value);
        }
    }
}

package io.hopline.lb.tls;

import io.hopline.lb.config.ProxyTls;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The certificates of a service by the names they are for, read from files at one moment. Immutable; any thread. */
public final class TlsCertificates {
    /** Type of a DNS name among a certificate's alternative names (RFC 5280, section 4.2.1.6). */
    private static final int DNS_NAME = 2;

    /** BoringSSL where its library runs, else the JDK's TLS. */
    public static final SslProvider PROVIDER = OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;

    private final Map<String, SslContext> byName;
    private final SslContext first;
    private final boolean single;

    private TlsCertificates(Map<String, SslContext> byName, SslContext first, boolean single) {
        this.byName = byName;
        this.first = first;
        this.single = single;
    }

    /**
     * Reads the files.
     *
     * @throws IOException naming the file that cannot be read or used
     */
    static TlsCertificates read(ProxyTls tls) throws IOException {
        Map<String, SslContext> byName = new HashMap<>();
        SslContext first = null;
        for (ProxyTls.Certificate certificate : tls.certificates()) {
            SslContext context = context(certificate, tls);
            first = first == null ? context : first;
            for (String name : names(certificate)) {
                byName.putIfAbsent(name, context);
            }
        }
        if (first == null) {
            throw new IllegalArgumentException("tls needs at least one certificate");
        }
        return new TlsCertificates(Map.copyOf(byName), first, tls.certificates().size() == 1);
    }

    /** The one certificate there is, whatever a client names; null when there are several to choose from. */
    public @Nullable SslContext only() {
        return single ? first : null;
    }

    /** The certificate for a host that a client names: for just this name, else for all of its domain, else the first. */
    public SslContext of(@Nullable String host) {
        if (host == null) {
            return first;
        }
        String name = host.toLowerCase(Locale.ROOT);
        SslContext exact = byName.get(name);
        int dot = name.indexOf('.');
        SslContext found = exact != null || dot < 0 ? exact : byName.get("*" + name.substring(dot));
        return found == null ? first : found;
    }

    private static SslContext context(ProxyTls.Certificate certificate, ProxyTls tls) throws IOException {
        try {
            SslContextBuilder builder =
                    SslContextBuilder.forServer(new File(certificate.cert()), new File(certificate.key()));
            if (!tls.clientCa().isEmpty()) {
                builder.trustManager(new File(tls.clientCa()))
                        .clientAuth(
                                tls.clientAuth() == ProxyTls.ClientAuth.REQUIRED
                                        ? ClientAuth.REQUIRE
                                        : ClientAuth.OPTIONAL);
            }
            return builder.sslProvider(PROVIDER)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            ApplicationProtocolNames.HTTP_2,
                            ApplicationProtocolNames.HTTP_1_1))
                    .build();
        } catch (IllegalArgumentException | IOException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(
                    "cannot use certificate " + certificate.cert() + " with key " + certificate.key()
                            + (tls.clientCa().isEmpty() ? "" : " and clientCa " + tls.clientCa()) + ": "
                            + cause.getMessage(),
                    e);
        }
    }

    private static List<String> names(ProxyTls.Certificate certificate) throws IOException {
        List<String> names = new ArrayList<>();
        try (InputStream in = Files.newInputStream(Path.of(certificate.cert()))) {
            X509Certificate leaf =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            Collection<List<?>> alternatives = leaf.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> alternative : alternatives) {
                    if (Integer.valueOf(DNS_NAME).equals(alternative.get(0))) {
                        names.add(String.valueOf(alternative.get(1)).toLowerCase(Locale.ROOT));
                    }
                }
            }
        } catch (CertificateException e) {
            throw new IOException("cannot read the names of certificate " + certificate.cert(), e);
        }
        return names;
    }
}

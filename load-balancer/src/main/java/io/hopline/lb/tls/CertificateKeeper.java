package io.hopline.lb.tls;

import io.hopline.lb.config.ProxyTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a service's certificates as their files are. Looks at the files once a second, and reads them again when one has
 * changed; connections keep what they began with. Files that do not fit each other, as while both are being replaced,
 * change nothing until they do.
 */
public final class CertificateKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateKeeper.class);
    private static final int LOOK_MS = 1000;

    private final ProxyTls tls;
    private final Thread looking;
    private volatile TlsCertificates current;
    private List<FileTime> seen;

    /** @throws IOException naming the file that cannot be read or used */
    public CertificateKeeper(String service, ProxyTls tls) throws IOException {
        this.tls = tls;
        this.seen = times();
        this.current = TlsCertificates.read(tls);
        this.looking = Thread.ofVirtual().name("certificates-" + service).start(this::look);
    }

    public TlsCertificates current() {
        return current;
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(LOOK_MS);
                readAgain();
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void readAgain() {
        try {
            List<FileTime> now = times();
            if (!now.equals(seen)) {
                seen = now;
                current = TlsCertificates.read(tls);
                LOG.info("certificates read again: {}", tls.certificates());
            }
        } catch (IOException e) {
            LOG.warn("certificates stay as they were: {}", e.getMessage());
        }
    }

    private List<FileTime> times() throws IOException {
        List<FileTime> times = new ArrayList<>();
        for (ProxyTls.Certificate certificate : tls.certificates()) {
            for (String file : List.of(certificate.cert(), certificate.key())) {
                times.add(Files.getLastModifiedTime(Path.of(file)));
            }
        }
        if (!tls.clientCa().isEmpty()) {
            times.add(Files.getLastModifiedTime(Path.of(tls.clientCa())));
        }
        return times;
    }

    @Override
    public void close() {
        looking.interrupt();
    }
}

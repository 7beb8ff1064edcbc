package io.hopline.bench;

import io.hopline.cli.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The certificate that every proxy of a rig shows: ECDSA over P-256, its own issuer.
 *
 * @param cert PEM file
 * @param key PEM file, PKCS #8
 */
record Certificate(Path cert, Path key) {
    /** Makes one in the rig's directory. */
    static Certificate make(Rig rig) {
        var made = new Certificate(
                rig.directory().resolve("cert.pem"), rig.directory().resolve("key.pem"));
        Program.run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=bench",
                "-keyout",
                made.key.toString(),
                "-out",
                made.cert.toString());
        return made;
    }

    /** Both in one file, as HAProxy wants them. */
    Path both() throws IOException {
        return Files.writeString(cert.resolveSibling("both.pem"), Files.readString(cert) + Files.readString(key));
    }
}

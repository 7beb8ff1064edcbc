package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes on a real socket: what two servers could read differently must not reach the second one. */
class RequestRulesTest {
    private final ProxyRig rig = new ProxyRig();
    private final HttpProxy proxy;

    RequestRulesTest() throws Exception {
        proxy = rig.proxy(ProxyRig.backend("a", rig.named("backend")));
    }

    @BeforeEach
    void theBackendHasSeenNobody() {
        assertThat(rig.backendPorts).isEmpty();
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    /** {@code |} stands for CRLF, {@code ^} for a bare LF, {@code ~} for a tab. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "POST / HTTP/1.1|Host: h|Content-Length: 4|Transfer-Encoding: chunked||0|| => 400",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked|Content-Length: 4||0|| => 400",
                "POST / HTTP/1.1|Host: h|Content-Length: 4|Content-Length: 5||abcde => 400",
                "POST / HTTP/1.1|Host: h|Content-Length: 4, 5||abcde => 400",
                "POST / HTTP/1.1|Host: h|Content-Length: +4||abcd => 400",
                "POST / HTTP/1.1|Host: h|Content-Length: -1|| => 400",
                "POST / HTTP/1.1|Host: h|Content-Length: 0x4||abcd => 400",
                "POST / HTTP/1.1|Host: h|Content-Length: 99999999999999999999||abcd => 400",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: gzip||abcd => 400",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: gzip, chunked||0|| => 501",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked, chunked||0|| => 400",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: xchunked||0|| => 400",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked|Transfer-Encoding: x||0|| => 400",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding : chunked||0|| => 400",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding:\u000bchunked||0|| => 400",
                "POST / HTTP/1.0|Host: h|Transfer-Encoding: chunked||0|| => 400",
                "GET / HTTP/1.1|Host: h| Content-Length: 4|| => 400",
                "GET / HTTP/1.1|Host: a|Host: b|| => 400",
                "GET / HTTP/1.1|| => 400",
                "GET / HTTP/1.1|Host: a/b|| => 400",
                "GET / HTTP/1.1|Host: a b|| => 400",
                "GET http:///x HTTP/1.1|Host: a|| => 400",
                "GET / HTTP/1.1^Host: h^^ => 400",
                "GET / HTTP/1.1|Host: h^X: y|| => 400",
                "GET / HTTP/1.1|Host: h|X: a\u0000b|| => 400",
                "GET / HTTP/1.1|Host: h|No colon|| => 400",
                "GET / HTTP/1.1|Host: h|B@d: name|| => 400",
                "GET /\u00e9 HTTP/1.1|Host: h|| => 400",
                "GET /#x HTTP/1.1|Host: h|| => 400",
                "GET x HTTP/1.1|Host: h|| => 400",
                "GET * HTTP/1.1|Host: h|| => 400",
                "G\u0001T / HTTP/1.1|Host: h|| => 400",
                "GET / http/1.1|Host: h|| => 400",
                "GET / HTTP/1.1 x|Host: h|| => 400",
                "GET / HTTP/1.2|Host: h|| => 505",
                "GET / HTTP/2.0|Host: h|| => 505",
                "CONNECT h:443 HTTP/1.1|Host: h:443|| => 405",
                "hello => 400",
                "\u0016\u0003\u0001\u0002 => 400",
            })
    void refuses(String request, int status) throws Exception {
        String bytes = request.replace("|", "\r\n").replace("^", "\n").replace("~", "\t");
        Socket socket = rig.connect(proxy);
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        if (!bytes.contains("\n")) {
            socket.getOutputStream().write("\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }
        String answer = ProxyRig.readAll(socket.getInputStream());
        assertThat(answer).startsWith("HTTP/1.1 " + status + " ").containsIgnoringCase("connection: close");
        assertThat(answer.split("HTTP/1.1 [0-9]", -1)).as("exactly one answer").hasSize(2);
        assertThat(rig.backendPorts).isEmpty();
    }

    /** The head was good and has gone to the backend; the body shows its fault later, and the backend must not take it. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            value = {
                "4^abcd|0|| => bare LF after a size",
                "4|abcdX|0|| => no CRLF after the data",
                "0x4|abcd|0|| => prefix",
                "-4|abcd|0|| => sign",
                "z|abcd|0|| => no number",
                "4;a=b^c|abcd|0|| => LF in an extension",
                "fffffffffffffffff|abcd|0|| => overflow",
                "4|abcd|0|Bad Trailer|| => bad trailer",
            })
    void refusesBadChunks(String body, String why) throws Exception {
        String answer = rig.exchange(
                proxy,
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + body.replace("|", "\r\n").replace("^", "\n"));
        assertThat(answer).as(why).startsWith("HTTP/1.1 400 ").doesNotContain("backend\r\n");
        assertThat(answer.split("HTTP/1.1 [0-9]", -1)).as("exactly one answer").hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"/x, 20000, 431", "/long, 0, 414"})
    void refusesWhatIsTooLong(String target, int headerBytes, int status) throws Exception {
        String path = target.equals("/long") ? "/" + "x".repeat(9000) : target;
        String answer = rig.exchange(
                proxy, "GET " + path + " HTTP/1.1\r\nHost: h\r\nX: " + "y".repeat(headerBytes) + "\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
        assertThat(rig.backendPorts).isEmpty();
    }

    /** The good request before a bad one is answered, and nothing after the bad one is read. */
    @Test
    void aBadRequestEndsThePipeline() throws Exception {
        String answer = rig.exchange(
                proxy, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\nHost: h\r\n\r\n");
        assertThat(answer.split("HTTP/1.1 ", -1)).hasSize(3);
        assertThat(answer).startsWith("HTTP/1.1 200 ").contains("backendHTTP/1.1 400 Bad Request");
        assertThat(proxy.counters().refused()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            value = {
                "GET / HTTP/1.1|Host:|Connection: close|| => 200",
                "GET / HTTP/1.1|Host: [::1]:80|Connection: close|| => 200",
                "|GET / HTTP/1.1|Host: h|Connection: close|| => 200",
                "OPTIONS * HTTP/1.1|Host: h|Connection: close|| => 404",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: Chunked|Connection: close||4;x=\"y\"|abcd|0|T: u|| => 200",
            })
    void passesWhatIsAllowed(String request, int status) throws Exception {
        assertThat(rig.exchange(proxy, request.replace("|", "\r\n"))).startsWith("HTTP/1.1 " + status + " ");
    }
}

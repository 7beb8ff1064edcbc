package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a public parser's cases about answers are about (llhttp, test/response/*.md), sent by a server behind the proxy: what is not exactly
 * HTTP/1.1 must not reach the client. {@code |} stands for CRLF, {@code ^} for LF, {@code `} for CR, {@code ~} for a tab.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnswerVectorsTest {
    private final ProxyRig rig = new ProxyRig();
    private volatile String answer = "";
    private HttpProxy proxy;

    @BeforeAll
    void start() throws Exception {
        proxy = rig.proxy(rig.rawServer(socket -> {
            ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\n");
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
        }));
    }

    @AfterAll
    void close() throws Exception {
        rig.close();
    }

    private String answered(String bytes) throws Exception {
        answer =
                bytes.replace("|", "\r\n").replace('^', '\n').replace('`', '\r').replace('~', '\t');
        try (Socket socket = rig.connect(proxy)) {
            socket.getOutputStream()
                    .write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            return ProxyRig.readAll(socket.getInputStream());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "HTP/1.1 200 OK|| => no HTTP",
                "HTTPER/1.1 200 OK|| => longer than HTTP",
                "RTSP/1.1 200 OK|| => RTSP",
                "ICE/1.1 200 OK|| => ICE",
                "HTTP/01.1 200 OK|| => digits before the dot",
                "HTTP/11.1 200 OK|| => a version of two digits",
                "HTTP/1.01 200 OK|| => digits after the dot",
                "HTTP/5.6 200 OK|| => another version",
                "HTTP/1.1~200 OK|| => a tab for a space",
                "`HTTP/1.1~200 OK|| => a CR before",
                "HTTP/1.1  200 OK|| => two spaces",
                "HTTP/1.1 2 OK|| => a status of one digit",
                "HTTP/1.1 200 OK|Foo: 1`Bar: 2|| => a CR in a value",
                "HTTP/1.1 200 OK`Content-Length: 0|| => a CR after the first line",
                "HTTP/1.1 200 OK``Content-Length: 4||Evil => two of them",
                "HTTP/1.1 200 OK| Host: foo|| => a folded first line",
                "HTTP/1.1 200 OK^Content-Length: 0^^ => LF alone",
                "HTTP/1.1 200 OK^Foo: abc^Bar: def^^BODY^ => LF alone, and a body",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked|  abc||5|World|0|| => a folded coding",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked, deflate||World => chunks within a coding",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked|Transfer-Encoding: identity||World => two codings",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunkedchunked||2|OK|0|| => an unknown coding",
                "HTTP/1.1 101 Switching Protocols|Connection: upgrade|Upgrade: h2c|Content-Length: 4||bodyproto => not asked for",
            })
    void isABadGateway(String bytes, String why) throws Exception {
        assertThat(answered(bytes)).as(why).startsWith("HTTP/1.1 502 ").doesNotContain("HTTP/1.1 200");
    }

    /** The status, and the body that the client got. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '\0',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "HTTP/1.1 200 OK|Header1: Value1|Header2:~ Value2|Content-Length: 0|| => 200 => ",
                "HTTP/1.1 200  OK|Content-Length: 0|| => 200 => ",
                "HTTP/1.1 301|Content-Length: 0|| => 301 => ",
                "HTTP/1.1 200 |Content-Length: 0|| => 200 => ",
                "HTTP/1.1 404 Not Found|| => 404 => ",
                "HTTP/1.1 200 OK|Content-Length:~2~||OK => 200 => OK",
                "HTTP/1.1 301 Moved|X-$Proto-Version: 1|Content-Length:  3  ||abc => 301 => abc",
                "HTTP/1.1 200 OK|DCLK_imp: v7;x;~okv=;|Content-Length: 0|| => 200 => ",
                "HTTP/1.0 301 Moved|Pragma: |Content-Length: 0|| => 301 => ",
                "HTTP/1.1 200 OK|Connection: close||<xml/>^ => 200 => <xml/>^",
                "HTTP/1.0 200 OK|Connection: keep-alive||until the end => 200 => until the end",
                "HTTP/1.1 200 OK|Content-Length-X: 0|Transfer-Encoding: chunked||2|OK|0|| => 200 => OK",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||1|^|0|| => 200 => ^",
                "HTTP/1.1 200 OK|Transfer-encoding: chunked||5;i;s=a|hello|6;b;b| world|0|| => 200 => hello world",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5;i=\"I l; e\";s=\"a\";b;f=c|hello|0|| => 200 => hello",
                "HTTP/1.1 200 OK|Proxy-Connection: close|Content-Length: 11||hello world => 200 => hello world",
                "HTTP/1.1 200 OK|Connection: upgrade|Upgrade: h2c|Content-Length: 4||body => 200 => body",
                "HTTP/1.1 200 OK|Content-Length: 5|Connection: close||2ad731e3-4dcd => 200 => 2ad73",
                "HTTP/1.1 204 No content||HTTP/1.1 200 OK|| => 204 => ",
                "HTTP/1.1 304 Not Modified|Content-Length: 10||HTTP/1.1 200 OK|Content-Length: 5||hello => 304 => ",
                "HTTP/1.1 304 Not Modified|Transfer-Encoding: chunked||HTTP/1.1 200 OK|| => 304 => ",
                "HTTP/1.1 100 Continue||HTTP/1.1 404 Not Found|Content-Length: 14||404: Not Found => 404 => 404: Not Found",
                "HTTP/1.1 103 Early Hints|Link: </s.css>||HTTP/1.1 200 OK|Content-Length: 2||OK => 200 => OK",
            })
    void isPassedOn(String bytes, int status, String body) throws Exception {
        String got = answered(bytes).replaceAll("(?s)^HTTP/1.1 10[03] .*?\r\n\r\n", "");
        assertThat(got).startsWith("HTTP/1.1 " + status + " ");
        assertThat(body(got)).isEqualTo(body == null ? "" : body.replace('^', '\n'));
    }

    /** The chunks turn out wrong when half of the answer has gone: the client must not take it for a whole one. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '\0',
            value = {
                "5  |hello|0  || => spaces after a size",
                "5|hello|2 erf|aa|0|| => text after a size",
                "5|hello|2;|aa|0|| => an extension without a name",
                "5|hello|2;a=\"d|aa|0|| => a quote that does not end",
                "5|hello| => an end before the last chunk",
            })
    void isCutOff(String chunks, String why) throws Exception {
        assertThatThrownBy(() -> answered("HTTP/1.1 200 OK|Transfer-Encoding: chunked||" + chunks))
                .as(why)
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    private static String body(String answer) {
        int end = answer.indexOf("\r\n\r\n") + 4;
        String rest = answer.substring(end);
        if (!answer.substring(0, end).toLowerCase(java.util.Locale.ROOT).contains("chunked")) {
            return rest;
        }
        StringBuilder body = new StringBuilder();
        int at = 0;
        while (true) {
            int lineEnd = rest.indexOf("\r\n", at);
            int size = Integer.parseInt(rest.substring(at, lineEnd), 16);
            if (size == 0) {
                return body.toString();
            }
            body.append(rest, lineEnd + 2, lineEnd + 2 + size);
            at = lineEnd + 2 + size + 2;
        }
    }
}

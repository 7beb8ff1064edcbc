package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the cases of a public parser of HTTP/1.1 are about (llhttp, test/request/*.md): the request lines, fields, lengths and chunks that it
 * refuses when it is strict, and those that it takes. {@code |} stands for CRLF, {@code ^} for LF, {@code `} for CR, {@code ~} for a tab.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RequestVectorsTest {
    private static final String NEXT = "GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

    private final ProxyRig rig = new ProxyRig();
    private HttpProxy proxy;

    /** A server that tells what it understood: method, target and how long the body was. */
    @BeforeAll
    void start() throws Exception {
        proxy = rig.proxy(ProxyRig.backend("a", rig.server(exchange -> {
            int length = exchange.getRequestBody().readAllBytes().length;
            byte[] told = ("<" + exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + length + ">")
                    .getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, told.length);
            exchange.getResponseBody().write(told);
        })));
    }

    @AfterAll
    void close() throws Exception {
        rig.close();
    }

    private String answers(String request) throws Exception {
        String bytes = request.replace("|", "\r\n")
                .replace('^', '\n')
                .replace('`', '\r')
                .replace('~', '\t');
        try (Socket socket = rig.connect(proxy)) {
            socket.getOutputStream().write((bytes + NEXT).getBytes(StandardCharsets.ISO_8859_1));
            return ProxyRig.readAll(socket.getInputStream());
        }
    }

    /** Nothing of these, nor of what follows them, may reach a server. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "GET /music ICE/1.0|Host: h|| => 400",
                "GET /music IHTTP/1.0|Host: h|| => 400",
                "PUT /music RTSP/1.0|Host: h|| => 400",
                "SOURCE /music ICE/1.0|Host: h|| => 400",
                "GET / HTTP/5.6|Host: h|| => 505",
                "GET / HTTP/01.1|Host: h|| => 400",
                "GET / HTTP/11.1|Host: h|| => 400",
                "GET / HTTP/1.01|Host: h|| => 400",
                "GET / HTTP/1.1~|Host: h|| => 400",
                "GET /|Host: h|| => 400",
                "GET /foo bar/ HTTP/1.1|Host: h|| => 400",
                "GET /\u00ce\u00b4/t?q=1 HTTP/1.1|Host: h|| => 400",
                "GET /forums?page=1#posts HTTP/1.1|Host: h|| => 400",
                "GET http://a%12:b!&*$@h:1234/toto HTTP/1.1|Host: h|| => 400",
                "M-SEARCH * HTTP/1.1|Host: h|| => 400",
                "PRI * HTTP/1.1|Host: h||SM|| => 400",
                "CONNECT home_0.example:443 HTTP/1.0|User-agent: x||some data => 405",
                "CONNECT foo.example:443 HTTP/1.0|Content-Length: 10||blarfcicle => 405",
                "GET / HTTP/1.1`Line: 1|Host: h|| => 400",
                "GET / HTTP/1.1| Host: h|| => 400",
                "GET / HTTP/1.1|Host: h|Foo: 1`Bar: 2|| => 400",
                "POST / HTTP/1.1|Host: h|x:x^Transfer-Encoding: chunked||1|A|0|| => 400",
                "POST / HTTP/1.1|Host: h|x:^Transfer-Encoding: chunked||1|A|0|| => 400",
                "POST / HTTP/1.1|Host: h|x:`Transfer-Encoding: chunked||1|A|0|| => 400",
                "GET / HTTP/1.1|Connection: close|Host: h|`ZGET /evil: HTTP/1.1|Host: h|| => 400",
                "GET / HTTP/1.1|Host: h|Fo@: Failure|| => 400",
                "GET / HTTP/1.1|Host: h|Foo\u0001\\test: Bar|| => 400",
                "GET / HTTP/1.1|Host: h|: Bar|| => 400",
                "GET / HTTP/1.1|Host: h|name| : value|| => 400",
                "GET / HTTP/1.1|Host: h|Connection`\u001b5eep-Alive|Accept: *|| => 400",
                "GET / HTTP/1.1|Host: h|X-Some-Header`\u001b5eep|Accept: *|| => 400",
                "GET / HTTP/1.1|Host: h|Dummy: x^Content-Length: 23||GET / HTTP/1.1|Dummy: GET /admin HTTP/1.1|Host: h|| => 400",
                "POST / HTTP/1.1^Host: h^Transfer-Encoding: chunked^^1^A^0^^ => 400",
                "POST /hello HTTP/1.1|Host: h|Foo: bar| Content-Length: 38||GET /bye HTTP/1.1|Host: h|| => 400",
                "GET / HTTP/1.1|Host: h|Line1: abc|~def| ghi|| => 400",
                "GET / HTTP/1.1|Host: h|Connection:| close|| => 400",
                "PUT /url HTTP/1.1|Host: h|Connection: keep`alive|| => 400",
                "PUT /url HTTP/1.1|Host: h|Connection : upgrade|Content-Length: 4|Upgrade: ws||abcd => 400",
                "PUT /url HTTP/1.1|Host: h|Content-Length : 4||abcd => 400",
                "PUT /url HTTP/1.1|Host: h|Content-Length: 1000000000000000000000|| => 400",
                "PUT /url HTTP/1.1|Host: h|Content-Length: 1|Content-Length: 2||a => 400",
                "PUT /url HTTP/1.1|Host: h|Content-Length: 1|Transfer-Encoding: identity||a => 400",
                "POST / HTTP/1.1|Host: h|Content-Length: 4 2||abcd => 400",
                "POST / HTTP/1.1|Host: h|Content-Length: 13 37||abcd => 400",
                "POST / HTTP/1.1|Host: h|Content-Length:|| => 400",
                "PUT /url HTTP/1.1|Host: h|Content`Length: 003||abc => 400",
                "PUT /url HTTP/1.1|Host: h|Content-Length: 3|`abc => 400",
                "PUT /url HTTP/1.1|Host: h|Transfer-Encoding: pigeons|| => 400",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: identity|Content-Length: 5||World => 400",
                "POST / HTTP/1.1|Host: h|Content-Length: 10|Transfer-Encoding:|Transfer-Encoding:||2|AA|0|| => 400",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked, deflate||World => 400",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked|Transfer-Encoding: deflate||World => 400",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: deflate, chunked||5|World|0|| => 501",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: deflate|Transfer-Encoding: chunked||5|World|0|| => 400",
                "POST / HTTP/1.1|Host: h|Transfer-Encoding: chunkedchunked||5|World|0|| => 400",
                "PUT /url HTTP/1.1|Host: h|Transfer-Encoding: chunked|  abc||5|World|0|| => 400",
            })
    void isRefusedByItsHead(String request, int status) throws Exception {
        assertThat(answers(request))
                .startsWith("HTTP/1.1 " + status + " ")
                .containsIgnoringCase("connection: close")
                .doesNotContain("HTTP/1.1 200", "<");
    }

    /** The chunks of a request whose head was good. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '\0',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "3|foo||",
                "3 ^  |foo|",
                "5``,ABCD|34|E|0||",
                "5|ABCDE0||",
                "a |0123456789|0||",
                "a~|0123456789|0||",
                "2 erfrferferf|aa|0 rrrr||",
                "0x2|aa|0||",
                "2h|aa|0||",
                "|aa|0||",
            })
    void isRefusedByItsChunks(String chunks) throws Exception {
        isRefusedInTheMiddle(chunks);
    }

    /** Extensions are dropped; yet what is no extension may be something else to another server (RFC 9112, section 7.1.1). */
    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '\0',
            value = {
                "2;|aa|0|| => no name",
                "2;=a|aa|0|| => no name before the value",
                "2;a=|aa|0|| => no value",
                "2;a;|aa|0|| => no name after another",
                "2;a=\"b|aa|0|| => a quote that does not end",
                "2;a=\"b\"c|aa|0|| => text after a quote",
                "2;a=\"b\\|aa|0|| => an escape of nothing",
                "2;a b|aa|0|| => a space in a name",
                "2;a=b@c|aa|0|| => a value that is no token",
            })
    void isRefusedByItsExtensions(String chunks, String why) throws Exception {
        assertThat(why).isNotEmpty();
        isRefusedInTheMiddle(chunks);
    }

    private void isRefusedInTheMiddle(String chunks) throws Exception {
        assertThat(answers("POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked||" + chunks))
                .startsWith("HTTP/1.1 400 ")
                .containsIgnoringCase("connection: close")
                .doesNotContain("HTTP/1.1 200", "<");
    }

    /** What a server must make of it; the request that follows shows that the end was found, too. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '\0',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "OPTIONS /url HTTP/1.1|Host: h|Header1: Value1|Header2:~ Value2|| => <OPTIONS /url 0>",
                "GET /dumbpack HTTP/1.1|Host: h|aaaaaaaaaaaaa:++++++++++|| => <GET /dumbpack 0>",
                "|GET /test HTTP/1.1|Host: h|| => <GET /test 0>",
                "GET /test.cgi?foo=bar?baz HTTP/1.1|Host: h|| => <GET /test.cgi?foo=bar?baz 0>",
                "GET http://h?hail=all HTTP/1.1|Host: h|| => <GET /?hail=all 0>",
                "GET http://h:1234?hail=all HTTP/1.1|Host: h|| => <GET /?hail=all 0>",
                "GET http://h:1234 HTTP/1.1|Host: h|| => <GET / 0>",
                "GET / HTTP/1.1|Host: h|Test: D\u00fcsseldorf|| => <GET / 0>",
                "OPTIONS /url HTTP/1.1|Host: h|Header2: \u00ffValue2|| => <OPTIONS /url 0>",
                "MKCOLA /a HTTP/1.1|Host: h|| => <MKCOLA /a 0>",
                "REPORT /test HTTP/1.1|Host: h|| => <REPORT /test 0>",
                "PURGE /file.txt HTTP/1.1|Host: h|| => <PURGE /file.txt 0>",
                "LINK /a.jpg HTTP/1.1|Host: h|Link: <x>; rel=tag|Link: <y>; rel=tag|| => <LINK /a.jpg 0>",
                "QUERY /c HTTP/1.1|Host: h|Content-Length: 6||select => <QUERY /c 6>",
                "PATCH /f HTTP/1.1|Host: h|If-Match: \"e\"|Content-Length: 10||cccccccccc => <PATCH /f 10>",
                "PUT /url HTTP/1.1|Host: h|Content-Length: 003||abc => <PUT /url 3>",
                "PUT /url HTTP/1.1|Host: h|Content-Length: 003|Ohai: world||abc => <PUT /url 3>",
                "POST /u HTTP/1.1|Host: h|conTENT-Length: 5||HELLO => <POST /u 5>",
                "POST /u HTTP/1.1|Host: h|Content-Length:  4 ||abcd => <POST /u 4>",
                "POST /u HTTP/1.1|Host: h|Content-Length:~4~  ||abcd => <POST /u 4>",
                "POST / HTTP/1.1|Host: h|Content-Length: 4||q=42| => <POST / 4>",
                "PUT /u HTTP/1.1|Host: h|Connection: token, , upgrade, x|Upgrade: ws|Content-Length: 4||abcd => <PUT /u 4>",
                "POST /demo HTTP/1.1|Host: h|Connection: Upgrade|Upgrade: HTTP/2.0|Content-Length: 15||sweet post body => <POST /demo 15>",
                "PUT /u HTTP/1.1|Host: h|Transfer-Encoding: chunked||a|0123456789|0|| => <PUT /u 10>",
                "PUT /u HTTP/1.1|Host: h|Transfer-Encoding: chunked||A|0123456789|0|| => <PUT /u 10>",
                "POST /u HTTP/1.1|Host: h|Transfer-Encoding: chunked ||5|hello|6| world|000|| => <POST /u 11>",
                "POST /u HTTP/1.1|Host: h|Transfer-Encoding: chunked||5|hello|0|Vary: *|Content-Type: t|| => <POST /u 5>",
                "POST /u HTTP/1.1|Host: h|Transfer-encoding: chunked||5;i;s=a;b=c|hello|6;bl;b| world|0|| => <POST /u 11>",
                "POST /u HTTP/1.1|Host: h|Transfer-Encoding: chunked||5;i=\"I \\\"l\\\"; \\\\e\\\\\";s=\"a\";b;f=g|hello|0|| => <POST /u 5>",
                "GET /p HTTP/1.1|Host: h|Connection: keep-alive||PUT /q HTTP/1.1|Host: h|Content-Length: 2||ab => <GET /p 0><PUT /q 2>",
            })
    void isPassedOnAsItIs(String request, String understood) throws Exception {
        assertThat(answers(request).replaceAll("(?s)HTTP/1.1 200 OK\r\n.*?\r\n\r\n", ""))
                .isEqualTo(understood + "<GET /next 0>");
    }

    /** After these the connection ends, whatever the client still sends. */
    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            value = {
                "PUT /url HTTP/1.1|Host: h|Connection: close|| => <PUT /url 0>",
                "PUT /url HTTP/1.1|Host: h|Connection: close~|| => <PUT /url 0>",
                "PUT /url HTTP/1.1|Host: h|Connection: close, token, upgrade, token, keep-alive|| => <PUT /url 0>",
                "GET /old HTTP/1.0|conTENT-Length: 5||HELLO => <GET /old 5>",
            })
    void isTheLastOne(String request, String understood) throws Exception {
        assertThat(answers(request).replaceAll("(?s)HTTP/1.1 200 OK\r\n.*?\r\n\r\n", ""))
                .isEqualTo(understood);
    }
}

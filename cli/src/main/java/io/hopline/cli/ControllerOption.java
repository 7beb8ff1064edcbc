package io.hopline.cli;

import java.net.URI;
import java.net.URISyntaxException;
import picocli.CommandLine.Option;

/** Where the controller is, for every command that talks to it. */
final class ControllerOption {
    @Option(
            names = "--controller",
            paramLabel = "URL",
            defaultValue = "${env:HOPLINE_CONTROLLER:-http://127.0.0.1:8080}",
            description = "the controller's address (default: $HOPLINE_CONTROLLER, else http://127.0.0.1:8080)")
    private String url = "";

    RestClient client() {
        try {
            return new RestClient(new URI(url));
        } catch (URISyntaxException failure) {
            throw CliException.badInput("--controller: not a URL: '" + url + "'");
        }
    }
}

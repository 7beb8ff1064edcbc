package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.http.HandlerType;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class OpenApiTest {
    @TempDir
    Path directory;

    @Test
    void theDocumentNamesEveryRouteAndNoOther() {
        try (Controller controller =
                        Controller.start(new ControllerOptions("127.0.0.1:0", List.of(), "embedded:" + directory));
                RestClient rest = new RestClient(controller.restAddress())) {
            JsonNode document = rest.get("/api/v1/openapi.json").json();
            Set<String> documented = new TreeSet<>();
            document.path("paths")
                    .forEachEntry((path, operations) -> operations
                            .propertyNames()
                            .forEach(method -> documented.add(method.toUpperCase(Locale.ROOT) + " " + path)));
            assertThat(documented).isEqualTo(controller.rest().served());
            assertThat(documented)
                    .contains("POST /api/v1/networks", "GET /api/v1/openapi.json")
                    .hasSizeGreaterThan(20);
        }
    }

    @Test
    void everySchemaThatIsNamedIsThere() {
        JsonNode document = OpenApi.document(List.of());
        JsonNode schemas = document.path("components").path("schemas");
        List<String> references = document.findValuesAsString("$ref");
        assertThat(references)
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(schemas.has(reference.replace("#/components/schemas/", "")))
                        .as(reference)
                        .isTrue());
    }

    @Test
    void pathParametersAreListed() {
        Route route = new Route(HandlerType.GET, "/x/{name}/y/{backend}", "", "", 200, "", ctx -> {});
        JsonNode operation = OpenApi.document(List.of(route))
                .path("paths")
                .path("/x/{name}/y/{backend}")
                .path("get");
        assertThat(operation.path("parameters")).hasSize(2);
    }
}

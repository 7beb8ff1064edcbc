package io.hopline.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which package may use which. An arrow that is not here is not wanted; think before adding one. */
class ArchitectureTest {
    private static final Map<String, List<String>> MAY_USE = Map.ofEntries(
            Map.entry("packet", List.of()),
            Map.entry("linux", List.of()),
            Map.entry("openflow", List.of("packet")),
            Map.entry("vnic", List.of("packet", "linux")),
            Map.entry("overlay", List.of("packet", "linux")),
            Map.entry("vswitch", List.of("packet", "openflow")),
            Map.entry("lb", List.of("packet")),
            Map.entry("lb.http", List.of("packet")),
            Map.entry("lb.config", List.of("lb.http")),
            Map.entry("lb.counters", List.of()),
            Map.entry("lb.health", List.of("lb.http")),
            Map.entry("lb.tls", List.of("lb.config")),
            Map.entry("lb.route", List.of("lb", "lb.http", "lb.config", "lb.counters")),
            Map.entry("lb.proxy", List.of("lb.http", "lb.config", "lb.counters", "lb.tls", "lb.route")),
            Map.entry("sla", List.of("packet")),
            Map.entry("controller", List.of("packet", "openflow", "lb", "lb.config", "sla")),
            Map.entry(
                    "node",
                    List.of(
                            "packet",
                            "linux",
                            "openflow",
                            "vnic",
                            "overlay",
                            "vswitch",
                            "lb",
                            "lb.config",
                            "lb.counters",
                            "lb.health",
                            "lb.proxy",
                            "sla")),
            Map.entry("cli", List.of("packet", "linux", "openflow", "sla", "node", "controller")));

    private static JavaClasses hopline;

    @BeforeAll
    static void readClasses() {
        hopline = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.hopline");
    }

    static Set<String> packages() {
        return MAY_USE.keySet();
    }

    @Test
    void everyPackageHasItsArrows() {
        assertThat(hopline.stream().map(JavaClass::getPackageName).distinct())
                .filteredOn(name -> !name.equals("io.hopline.bench"))
                .containsExactlyInAnyOrderElementsOf(
                        packages().stream().map("io.hopline."::concat).toList());
    }

    @ParameterizedTest
    @MethodSource("packages")
    void usesOnlyWhatItsArrowsPointAt(String name) {
        var allowed = new ArrayList<>(List.of("io.hopline." + name));
        MAY_USE.getOrDefault(name, List.of()).forEach(other -> allowed.add("io.hopline." + other));
        classes()
                .that()
                .resideInAPackage("io.hopline." + name)
                .should()
                .onlyDependOnClassesThat(new DescribedPredicate<>("are outside Hopline or in " + allowed) {
                    @Override
                    public boolean test(JavaClass other) {
                        return !other.getPackageName().startsWith("io.hopline.")
                                || allowed.contains(other.getPackageName());
                    }
                })
                .allowEmptyShould(true)
                .check(hopline);
    }

    @Test
    void onlyLinuxMakesForeignCalls() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.hopline.linux")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(Linker.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(SymbolLookup.class)
                .check(hopline);
    }

    @Test
    void nobodyHelpsManagesOrHasUtilities() {
        noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Manager|Helper)(\\$.*)?")
                .check(hopline);
    }
}

package io.hopline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Methods up to 60 lines and files up to 500, in every module. A method that has to be longer says {@code Longer than 60
 * lines because ...} in a comment of its own. Tests are exempt: many are tables of bytes.
 */
class SourceStyleTest {
    private static final int MAX_FILE_LINES = 500;
    private static final int MAX_METHOD_LINES = 60;
    private static final String REASON = "Longer than 60 lines because";

    private final Path root = Path.of(System.getProperty("hopline.root", ".."));

    private List<Path> sources() throws IOException {
        var sources = new ArrayList<Path>();
        try (Stream<Path> modules = Files.list(root)) {
            for (Path module : modules.filter(m -> Files.exists(m.resolve("pom.xml")))
                    .sorted()
                    .toList()) {
                Path directory = module.resolve("src/main/java");
                if (Files.isDirectory(directory)) {
                    try (Stream<Path> files = Files.walk(directory)) {
                        files.filter(f -> f.toString().endsWith(".java"))
                                .sorted()
                                .forEach(sources::add);
                    }
                }
            }
        }
        return sources;
    }

    @Test
    void filesAreShort() throws IOException {
        assertThat(sources()).isNotEmpty();
        var tooLong = new ArrayList<String>();
        for (Path file : sources()) {
            long lines = Files.readAllLines(file).size();
            if (lines > MAX_FILE_LINES) {
                tooLong.add(root.relativize(file) + ": " + lines + " lines");
            }
        }
        assertThat(tooLong).as("files of more than %d lines", MAX_FILE_LINES).isEmpty();
    }

    @Test
    void methodsAreShort() throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var tooLong = new ArrayList<String>();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(sources()));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                new LongMethods(unit, positions, tooLong).scan(unit, null);
            }
        }
        assertThat(tooLong)
                .as("methods of more than %d lines", MAX_METHOD_LINES)
                .isEmpty();
    }

    /** But for the load balancer, whose proxy is large enough for rooms of its own (decision 0093). */
    @Test
    void aModuleIsOneFlatPackageThatIntroducesItself() throws IOException {
        var packages = new TreeSet<Path>();
        for (Path file : sources()) {
            if (!file.endsWith("module-info.java")) {
                packages.add(file.getParent());
            }
        }
        var modules = new ArrayList<Path>();
        for (Path directory : packages) {
            Path module = root.relativize(directory).getName(0);
            assertThat(directory.resolve("package-info.java")).content().contains("@NullMarked");
            if (!module.endsWith("load-balancer")) {
                modules.add(module);
            }
        }
        assertThat(modules).doesNotHaveDuplicates();
    }

    private final class LongMethods extends TreeScanner<@Nullable Void, @Nullable Void> {
        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private final List<String> found;

        LongMethods(CompilationUnitTree unit, SourcePositions positions, List<String> found) {
            this.unit = unit;
            this.positions = positions;
            this.found = found;
        }

        @Override
        public @Nullable Void visitMethod(MethodTree method, @Nullable Void nothing) {
            LineMap lines = unit.getLineMap();
            int from = (int) positions.getStartPosition(unit, method);
            int to = (int) positions.getEndPosition(unit, method);
            if (from >= 0 && to > from) {
                long length = lines.getLineNumber(to) - lines.getLineNumber(from) + 1;
                if (length > MAX_METHOD_LINES && !text(from, to).contains(REASON)) {
                    found.add(root.relativize(Path.of(unit.getSourceFile().toUri())) + ":" + lines.getLineNumber(from)
                            + " " + method.getName() + ": " + length + " lines");
                }
            }
            return super.visitMethod(method, null);
        }

        private String text(int from, int to) {
            try {
                return unit.getSourceFile()
                        .getCharContent(true)
                        .subSequence(from, to)
                        .toString();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }
}

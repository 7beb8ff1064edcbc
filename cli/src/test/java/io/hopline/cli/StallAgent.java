package io.hopline.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * A Java agent that has node {@code a} stall where a test wants it to: the shipped code has no such thing. Each place reads
 * its nanoseconds from a file of its name in the agent's directory.
 */
public final class StallAgent {
    /** Place to the method that begins with the stall. */
    private static final Map<String, String> METHODS = Map.of(
            // Between T1 and T2: a timed frame is about to be handed to its port.
            "io/hopline/node/TransitRecorder.left", "vswitch",
            // Between T6 and T1: the guest's frame waits in the TAP's queue.
            "io/hopline/vnic/TapPort.receive", "vnic",
            // Between T0 and T1: the client's frame waits at the host NIC.
            "io/hopline/vnic/PacketPort.receive", "host-nic");

    private static final String PROPERTY = "hopline.stall.";

    private StallAgent() {}

    /** Packs the agent; {@code jar} goes into {@code -javaagent:JAR=DIRECTORY}. */
    static void write(Path jar) throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), StallAgent.class.getName());
        try (var out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (Class<?> part : new Class<?>[] {StallAgent.class, Weaver.class, StallFirst.class}) {
                String name = part.getName().replace('.', '/') + ".class";
                out.putNextEntry(new JarEntry(name));
                try (var in = StallAgent.class.getResourceAsStream('/' + name)) {
                    out.write(in.readAllBytes());
                }
            }
        }
    }

    /** What the JVM calls before the node's main method. */
    public static void premain(String directory, Instrumentation instrumentation) {
        if (System.getProperty("sun.java.command", "").contains("--name=a ")) {
            instrumentation.addTransformer(new Weaver());
            Thread.ofPlatform().daemon().name("stalls").start(() -> follow(Path.of(directory)));
        }
    }

    private static void follow(Path directory) {
        try {
            while (true) {
                for (String place : METHODS.values()) {
                    Path file = directory.resolve(place);
                    System.setProperty(PROPERTY + place, Files.exists(file) ? Files.readString(file) : "0");
                }
                Thread.sleep(20);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Puts {@code LockSupport.parkNanos(Long.getLong(PROPERTY, 0))} in front of the methods. */
    static final class Weaver implements ClassFileTransformer {
        @Override
        public byte @Nullable [] transform(
                ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
            if (METHODS.keySet().stream().noneMatch(method -> method.startsWith(name + "."))) {
                return null;
            }
            ClassFile file = ClassFile.of();
            return file.transformClass(file.parse(bytes), (type, element) -> {
                if (element instanceof MethodModel method && METHODS.containsKey(key(name, method))) {
                    String property = PROPERTY + METHODS.get(key(name, method));
                    type.transformMethod(method, MethodTransform.transformingCode(new StallFirst(property)));
                } else {
                    type.with(element);
                }
            });
        }

        private static String key(String type, MethodModel method) {
            return type + "." + method.methodName().stringValue();
        }
    }

    /** Looks the property up each time: a test changes it while the node runs. */
    record StallFirst(String property) implements CodeTransform {
        private static final ClassDesc LONG = ConstantDescs.CD_Long;

        @Override
        public void atStart(CodeBuilder code) {
            code.loadConstant(property)
                    .lconst_0()
                    .invokestatic(
                            LONG, "getLong", MethodTypeDesc.of(LONG, ConstantDescs.CD_String, ConstantDescs.CD_long))
                    .invokevirtual(LONG, "longValue", MethodTypeDesc.of(ConstantDescs.CD_long))
                    .invokestatic(
                            LockSupport.class.describeConstable().orElseThrow(),
                            "parkNanos",
                            MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_long));
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            code.with(element);
        }
    }
}

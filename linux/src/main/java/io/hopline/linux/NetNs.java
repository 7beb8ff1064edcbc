package io.hopline.linux;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A network namespace (network_namespaces(7)), held open by a file descriptor.
 *
 * <p>A namespace belongs to a thread, not to the process: {@link #call} takes the calling thread in, runs the action and
 * brings it back. Sockets and TAPs opened inside keep working from every thread afterwards, and threads and processes
 * started inside stay there.
 */
public final class NetNs implements AutoCloseable {
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final Path NAMED = Path.of("/run/netns");

    /** What is done inside a namespace. */
    @FunctionalInterface
    public interface Action<T, X extends Exception> {
        T run() throws X;
    }

    private final Descriptor fd;
    private final String name;

    private NetNs(Descriptor fd, String name) {
        this.fd = fd;
        this.name = name;
    }

    /** The namespace the calling thread is in. */
    public static NetNs current() {
        return new NetNs(Descriptor.open("/proc/thread-self/ns/net", Descriptor.O_RDONLY), "current");
    }

    /**
     * A namespace that {@code ip netns} knows.
     *
     * @throws LinuxException when there is none of that name
     */
    public static NetNs open(String name) {
        checkName(name);
        Path path = NAMED.resolve(name);
        if (!Files.exists(path)) {
            throw new LinuxException("open", path.toString(), Errno.ENOENT, "no network namespace '" + name + "'");
        }
        return new NetNs(Descriptor.open(path.toString(), Descriptor.O_RDONLY), name);
    }

    /** The namespace a process is in, a container's first process for instance. */
    public static NetNs ofProcess(long pid) {
        String path = "/proc/" + pid + "/ns/net";
        return new NetNs(Descriptor.open(path, Descriptor.O_RDONLY), "of process " + pid);
    }

    /** The namespace that another process holds open, by its {@link #path}. */
    public static NetNs at(Path path) {
        return new NetNs(Descriptor.open(path.toString(), Descriptor.O_RDONLY), path.toString());
    }

    /** Makes a namespace that {@code ip netns} knows, with its loopback up. The caller deletes it by name. */
    public static NetNs create(String name) {
        checkName(name);
        IpTool.run("netns", "add", name);
        NetNs created = open(name);
        created.ip("link", "set", "lo", "up");
        return created;
    }

    /**
     * Makes a namespace that nobody else can name, with its loopback up. It ends when it is closed and nothing in it is
     * open any more, at the latest with this process, however that ends.
     */
    public static NetNs anonymous() {
        AtomicReference<@Nullable Object> made = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().name("netns-new").start(() -> {
            try {
                int result = Libc.unshare(CLONE_NEWNET);
                made.set(result < 0 ? LinuxException.of("unshare", "CLONE_NEWNET", -result) : current());
            } catch (RuntimeException e) {
                made.set(e);
            }
        });
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (made.get() instanceof NetNs fresh) {
            fresh.ip("link", "set", "lo", "up");
            return fresh;
        }
        throw made.get() instanceof RuntimeException e
                ? e
                : new LinuxException("unshare", "CLONE_NEWNET", Errno.EINTR, "interrupted");
    }

    /** Takes the name away; the namespace itself ends with its last process, socket and open descriptor. */
    public static void delete(String name) {
        checkName(name);
        IpTool.run("netns", "delete", name);
    }

    /** True when {@code ip netns} knows the name. */
    public static boolean exists(String name) {
        checkName(name);
        return Files.exists(NAMED.resolve(name));
    }

    private static void checkName(String name) {
        if (!name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")) {
            throw new IllegalArgumentException("not a network namespace name: '" + name + "'");
        }
    }

    public String name() {
        return name;
    }

    /** A path under which any process of this user can open the namespace while this object lives. */
    public String path() {
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + fd.number();
    }

    /**
     * Runs an action with the calling thread inside this namespace. A virtual thread would leave its carrier inside
     * when it blocks, so for one the action runs on a thread of its own.
     *
     * @throws LinuxException when the kernel does not let this thread in
     */
    public <T, X extends Exception> T call(Action<T, X> action) throws X {
        return Thread.currentThread().isVirtual() ? callOnPlatformThread(action) : callHere(action);
    }

    private <T, X extends Exception> T callHere(Action<T, X> action) throws X {
        try (NetNs home = current()) {
            enter();
            try {
                return action.run();
            } finally {
                home.enter();
            }
        }
    }

    // The action throws nothing but X, and a result that is null is what the action returned.
    @SuppressWarnings({"unchecked", "NullAway"})
    private <T, X extends Exception> T callOnPlatformThread(Action<T, X> action) throws X {
        AtomicReference<@Nullable Object> result = new AtomicReference<>();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().name("netns-" + name).start(() -> {
            try {
                result.set(callHere(action));
            } catch (Throwable t) {
                failure.set(t);
            }
        });
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Throwable thrown = failure.get();
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown != null) {
            throw (X) thrown;
        }
        return (T) result.get();
    }

    /** {@link #call} for an action with no result. */
    public void run(Runnable action) {
        Boolean ignored = call(() -> {
            action.run();
            return true;
        });
    }

    private void enter() {
        int result = Libc.setns(fd.number(), CLONE_NEWNET);
        if (result < 0) {
            throw LinuxException.of("setns", "network namespace " + name, -result);
        }
    }

    /**
     * Runs the {@code ip} tool inside, e.g. {@code ip("addr", "add", "10.0.0.1/24", "dev", "eth0")}.
     *
     * @return what it printed
     * @throws LinuxException with the tool's own words when it failed
     */
    public String ip(String... arguments) {
        return call(() -> IpTool.run(arguments));
    }

    /**
     * Moves a network device from the calling thread's namespace into this one, under a new name, and sets it up.
     *
     * @throws LinuxException when the device does not exist or the new name is taken
     */
    public void adopt(String device, String newName) {
        IpTool.run("link", "set", "dev", device, "netns", path(), "name", newName);
        ip("link", "set", "dev", newName, "up");
    }

    @Override
    public void close() {
        fd.close();
    }
}

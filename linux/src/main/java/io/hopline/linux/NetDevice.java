package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A network device by name (netdevice(7)), in the namespace the calling thread was in when it was opened.
 *
 * <p>Holds a socket there, which also holds the namespace. One thread at a time. Every query is one system call and
 * sees the device as it is now; a device that is gone makes {@link #exists} false and the rest throw.
 */
public final class NetDevice implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int IFREQ_BYTES = 40;
    private static final long SIOCGIFFLAGS = 0x8913;
    private static final long SIOCSIFFLAGS = 0x8914;
    private static final long SIOCGIFMTU = 0x8921;
    private static final long SIOCSIFMTU = 0x8922;
    private static final long SIOCGIFHWADDR = 0x8927;
    private static final long SIOCGIFINDEX = 0x8933;
    private static final long SIOCETHTOOL = 0x8946;
    private static final int ETHTOOL_GDRVINFO = 0x3;
    private static final int DRVINFO_BYTES = 196;
    private static final int DRVINFO_DRIVER = 4;
    private static final int DRVINFO_BUS = 100;
    private static final int ETHTOOL_STXCSUM = 0x17;
    private static final int ETHTOOL_GTSO = 0x1e;
    private static final int IFF_UP = 0x1;
    private static final int IFF_RUNNING = 0x40;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment ifreq = arena.allocate(IFREQ_BYTES, 8);
    /** A request with nothing but the name, to copy: writing a string allocates, and ports are asked for their state for ever. */
    private final MemorySegment namedRequest = arena.allocate(IFREQ_BYTES, 8);

    private final MemorySegment ethtoolValue = arena.allocate(8, 8);
    private final Descriptor socket;
    private final String name;

    private NetDevice(String name, Descriptor socket) {
        this.name = name;
        this.socket = socket;
        fillName(namedRequest, name);
    }

    /**
     * @param name 1 to 15 characters; the device need not exist
     * @throws IllegalArgumentException when no device can have that name
     */
    public static NetDevice open(String name) {
        checkName(name);
        int fd = Libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
        if (fd < 0) {
            throw LinuxException.of("socket", "AF_INET", -fd);
        }
        return new NetDevice(name, new Descriptor(fd));
    }

    static void checkName(String name) {
        if (!name.matches("[\\x21-\\x7e&&[^/:]]{1,15}") || name.matches("\\.\\.?")) {
            throw new IllegalArgumentException(
                    "not a network device name: '" + name + "' (1 to 15 ASCII characters, no space, '/' or ':')");
        }
    }

    /** Writes {@code ifr_name} and clears the rest. */
    static void fillName(MemorySegment ifreq, String name) {
        ifreq.fill((byte) 0);
        ifreq.setString(0, name);
    }

    private void startRequest() {
        MemorySegment.copy(namedRequest, 0, ifreq, 0, IFREQ_BYTES);
    }

    public String name() {
        return name;
    }

    private int ioctl(long request) {
        return Libc.ioctl(socket.number(), request, ifreq.address());
    }

    private void query(String call, long request) {
        int result = ioctl(request);
        if (result < 0) {
            throw LinuxException.of("ioctl " + call, "device '" + name + "'", -result);
        }
    }

    public boolean exists() {
        startRequest();
        return ioctl(SIOCGIFINDEX) >= 0;
    }

    /** The kernel's number of the device, unique in its namespace. */
    public int index() {
        startRequest();
        query("SIOCGIFINDEX", SIOCGIFINDEX);
        return ifreq.get(ValueLayout.JAVA_INT, 16);
    }

    /** Largest IP packet in bytes. */
    public int mtu() {
        startRequest();
        query("SIOCGIFMTU", SIOCGIFMTU);
        return ifreq.get(ValueLayout.JAVA_INT, 16);
    }

    public void mtu(int bytes) {
        startRequest();
        ifreq.set(ValueLayout.JAVA_INT, 16, bytes);
        int result = ioctl(SIOCSIFMTU);
        if (result < 0) {
            throw LinuxException.of("ioctl SIOCSIFMTU", "device '" + name + "', mtu " + bytes, -result);
        }
    }

    /** The six bytes of the hardware address. */
    public byte[] hardwareAddress() {
        startRequest();
        query("SIOCGIFHWADDR", SIOCGIFHWADDR);
        return ifreq.asSlice(18, 6).toArray(ValueLayout.JAVA_BYTE);
    }

    /** True when the device is there, set up and has a carrier. Never throws: a device that is gone is not up. */
    public boolean isUp() {
        startRequest();
        int wanted = IFF_UP | IFF_RUNNING;
        return ioctl(SIOCGIFFLAGS) >= 0 && (ifreq.get(ValueLayout.JAVA_SHORT, 16) & wanted) == wanted;
    }

    /** {@code ip link set dev NAME up}. */
    public void setUp() {
        startRequest();
        query("SIOCGIFFLAGS", SIOCGIFFLAGS);
        ifreq.set(ValueLayout.JAVA_SHORT, 16, (short) (ifreq.get(ValueLayout.JAVA_SHORT, 16) | IFF_UP));
        query("SIOCSIFFLAGS", SIOCSIFFLAGS);
    }

    /** True when the device is a TAP, which some process holds or may open (ETHTOOL_GDRVINFO); false also when it is gone. */
    public boolean isTap() {
        try (Arena query = Arena.ofConfined()) {
            MemorySegment driver = query.allocate(DRVINFO_BYTES, 8);
            driver.set(ValueLayout.JAVA_INT, 0, ETHTOOL_GDRVINFO);
            startRequest();
            ifreq.set(ValueLayout.JAVA_LONG, 16, driver.address());
            return ioctl(SIOCETHTOOL) >= 0
                    && driver.getString(DRVINFO_DRIVER).equals("tun")
                    && driver.getString(DRVINFO_BUS).equals("tap");
        }
    }

    /** True when the device takes TCP super-frames whole (ETHTOOL_GTSO); false also when it is gone. */
    public boolean segmentsTcp() {
        startRequest();
        ethtoolValue.set(ValueLayout.JAVA_INT, 0, ETHTOOL_GTSO);
        ethtoolValue.set(ValueLayout.JAVA_INT, 4, 0);
        ifreq.set(ValueLayout.JAVA_LONG, 16, ethtoolValue.address());
        return ioctl(SIOCETHTOOL) >= 0 && ethtoolValue.get(ValueLayout.JAVA_INT, 4) != 0;
    }

    /**
     * Has the kernel finish checksums and segmentation before the device gets a packet ({@code ethtool -K NAME tx off}), or
     * leave that to the device. A veth finishes nothing: what crosses it inside a tunnel stays unfinished, which a tunnel
     * end in user space cannot see.
     */
    public void finishesPackets(boolean byDevice) {
        startRequest();
        ethtoolValue.set(ValueLayout.JAVA_INT, 0, ETHTOOL_STXCSUM);
        ethtoolValue.set(ValueLayout.JAVA_INT, 4, byDevice ? 1 : 0);
        ifreq.set(ValueLayout.JAVA_LONG, 16, ethtoolValue.address());
        query("SIOCETHTOOL ETHTOOL_STXCSUM", SIOCETHTOOL);
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}

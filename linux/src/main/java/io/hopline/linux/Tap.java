package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * The switch's end of a TAP device (kernel Documentation/networking/tuntap.rst): what is read here, the network device
 * sent; what is written here, it receives. Non-blocking; one thread reads and writes.
 *
 * <p>A device may have several queues, each with a descriptor of its own. The device sends a flow by the queue that the
 * flow's other direction was written to last, and by a hash before that (tun_automq_select_queue in drivers/net/tun.c).
 *
 * <p>Each frame has a virtio_net_hdr of {@link #VNET_BYTES} bytes in front of its Ethernet header. The network device
 * ends with this descriptor, the last of its queues, in whichever namespace it is by then.
 */
public final class Tap implements AutoCloseable {
    /** Bytes of virtio_net_hdr in front of every frame. */
    public static final int VNET_BYTES = 10;

    private static final long TUNSETIFF = 0x400454caL;
    private static final long TUNGETIFF = 0x800454d2L;
    private static final long TUNSETOFFLOAD = 0x400454d0L;
    private static final long TUNSETVNETLE = 0x400454dcL;
    private static final long SIOCSIFHWADDR = 0x8924;
    private static final short IFF_TAP = 0x2;
    private static final short IFF_MULTI_QUEUE = 0x100;
    private static final short IFF_NO_PI = 0x1000;
    private static final short IFF_VNET_HDR = 0x4000;
    private static final short IFF_TUN_EXCL = (short) 0x8000;
    private static final int TUN_F_CSUM_TSO = 0x1 | 0x2 | 0x4 | 0x8;
    private static final int TUN_F_USO = 0x20 | 0x40;
    private static final int ARPHRD_ETHER = 1;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment ifreq = arena.allocate(40, 8);
    private final Descriptor fd;

    private Tap(Descriptor fd) {
        this.fd = fd;
    }

    /**
     * Makes a TAP device in the calling thread's network namespace, with checksum and segmentation offloads on.
     *
     * @param name 1 to 15 characters
     * @throws LinuxException when the name is busy, or without the privilege
     */
    public static Tap open(String name) {
        return open(name, IFF_TUN_EXCL);
    }

    /**
     * Makes a TAP device as {@link #open(String)} does, with several queues.
     *
     * @param queues 1 to 256
     */
    public static List<Tap> openQueues(String name, int queues) {
        if (queues == 1) {
            return List.of(open(name));
        }
        return Several.open(queues, i -> open(name, i == 0 ? IFF_MULTI_QUEUE | IFF_TUN_EXCL : IFF_MULTI_QUEUE));
    }

    private static Tap open(String name, int flags) {
        NetDevice.checkName(name);
        Tap tap = new Tap(Descriptor.open("/dev/net/tun", Descriptor.O_RDWR | Descriptor.O_NONBLOCK));
        try {
            tap.attach(name, flags);
            tap.offloads();
            return tap;
        } catch (RuntimeException e) {
            tap.close();
            throw e;
        }
    }

    private void attach(String name, int flags) {
        NetDevice.fillName(ifreq, name);
        ifreq.set(ValueLayout.JAVA_SHORT, 16, (short) (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | flags));
        int result = Libc.ioctl(fd.number(), TUNSETIFF, ifreq.address());
        if (result < 0) {
            throw failure(name, -result);
        }
    }

    /** What a failed TUNSETIFF means to whoever chose the name. */
    static LinuxException failure(String name, int errno) {
        String call = "ioctl TUNSETIFF";
        String arguments = "name '" + name + "'";
        return switch (errno) {
            case Errno.EBUSY, Errno.EEXIST ->
                new LinuxException(call, arguments, errno, "TAP name '" + name + "' is busy");
            case Errno.EPERM, Errno.EACCES ->
                new LinuxException(call, arguments, errno, "making TAP '" + name + "' needs root (CAP_NET_ADMIN)");
            case Errno.EINVAL ->
                new LinuxException(
                        call,
                        arguments,
                        errno,
                        "TAP name '" + name + "' is taken by another kind of device, or not valid");
            default -> LinuxException.of(call, arguments, errno);
        };
    }

    /** Lets the guest send super-frames and partial checksums; UDP segmentation only where the kernel knows it. */
    private void offloads() {
        MemorySegment littleEndian = ifreq.asSlice(0, 4);
        littleEndian.set(ValueLayout.JAVA_INT, 0, 1);
        int result = Libc.ioctl(fd.number(), TUNSETVNETLE, littleEndian.address());
        if (result < 0) {
            throw LinuxException.of("ioctl TUNSETVNETLE", "1", -result);
        }
        if (Libc.ioctl(fd.number(), TUNSETOFFLOAD, TUN_F_CSUM_TSO | TUN_F_USO) < 0) {
            result = Libc.ioctl(fd.number(), TUNSETOFFLOAD, TUN_F_CSUM_TSO);
            if (result < 0) {
                throw LinuxException.of("ioctl TUNSETOFFLOAD", "checksum and TCP segmentation", -result);
            }
        }
    }

    /** The descriptor to poll for readability. */
    public int fd() {
        return fd.number();
    }

    /** The network device's name now, wherever it was moved and however it was renamed. */
    public String deviceName() {
        ifreq.fill((byte) 0);
        int result = Libc.ioctl(fd.number(), TUNGETIFF, ifreq.address());
        if (result < 0) {
            throw LinuxException.of("ioctl TUNGETIFF", "", -result);
        }
        return ifreq.getString(0, StandardCharsets.US_ASCII);
    }

    /** Sets the hardware address of the network device, the guest's end. */
    public void hardwareAddress(byte[] mac) {
        ifreq.fill((byte) 0);
        ifreq.set(ValueLayout.JAVA_SHORT, 16, (short) ARPHRD_ETHER);
        MemorySegment.copy(mac, 0, ifreq, ValueLayout.JAVA_BYTE, 18, 6);
        int result = Libc.ioctl(fd.number(), SIOCSIFHWADDR, ifreq.address());
        if (result < 0) {
            throw LinuxException.of("ioctl SIOCSIFHWADDR", "a TAP's address", -result);
        }
    }

    /**
     * Reads one frame with its vnet header in front.
     *
     * @return bytes read including the header, or errno negated: {@code -EAGAIN} when none waits
     */
    public int read(MemorySegment memory, long offset, int room) {
        Objects.checkFromIndexSize(offset, room, memory.byteSize());
        return Libc.read(fd.number(), memory.address() + offset, room);
    }

    /**
     * Writes one frame with its vnet header in front.
     *
     * @return bytes written, or errno negated: {@code -EIO} when the network device is not up
     */
    public int write(MemorySegment memory, long offset, int length) {
        Objects.checkFromIndexSize(offset, length, memory.byteSize());
        return Libc.write(fd.number(), memory.address() + offset, length);
    }

    @Override
    public void close() {
        fd.close();
        arena.close();
    }
}

package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * What waits in a socket's two queues, as the kernel accounts for it (SO_MEMINFO in socket(7), {@code SK_MEMINFO_*} in
 * linux/sock_diag.h): bytes with the kernel's own bookkeeping, of which a small frame costs several hundred.
 *
 * @param receiveBytes received and not read yet
 * @param receiveLimitBytes where the kernel begins to drop
 * @param sendBytes sent and not gone yet
 * @param drops what the receive queue had no room for since the socket was opened
 */
public record SocketQueue(long receiveBytes, long receiveLimitBytes, long sendBytes, long drops) {
    private static final int SO_MEMINFO = 55;
    private static final int WORDS = 9;
    private static final int RECEIVE = 0;
    private static final int RECEIVE_LIMIT = 1;
    private static final int SEND = 2;
    private static final int DROPS = 8;

    /** Looks; empty when the descriptor is no socket, a TAP's for instance, or closed by now. Any thread. */
    public static Optional<SocketQueue> of(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment words = arena.allocate(4L * WORDS + 4, 8);
            words.set(ValueLayout.JAVA_INT, 4L * WORDS, 4 * WORDS);
            int result = Libc.getsockopt(
                    fd, SocketOptions.SOL_SOCKET, SO_MEMINFO, words.address(), words.address() + 4L * WORDS);
            if (result < 0) {
                return Optional.empty();
            }
            return Optional.of(new SocketQueue(
                    word(words, RECEIVE), word(words, RECEIVE_LIMIT), word(words, SEND), word(words, DROPS)));
        }
    }

    private static long word(MemorySegment words, int index) {
        return Integer.toUnsignedLong(words.getAtIndex(ValueLayout.JAVA_INT, index));
    }
}

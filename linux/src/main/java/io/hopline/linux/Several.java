package io.hopline.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Resources that are had together or not at all. */
public final class Several {
    private Several() {}

    /**
     * Opens resources one after the other; when one fails, those before it are closed again.
     *
     * @param opener gets 0 to {@code count - 1}
     */
    public static <T extends AutoCloseable> List<T> open(int count, IntFunction<T> opener) {
        List<T> opened = new ArrayList<>(count);
        try {
            for (int i = 0; i < count; i++) {
                opened.add(opener.apply(i));
            }
            return opened;
        } catch (RuntimeException e) {
            close(opened, e);
            throw e;
        }
    }

    /** Closes resources, the last first, because of a failure; what goes wrong besides is noted there. */
    public static void close(List<? extends AutoCloseable> opened, RuntimeException failure) {
        for (AutoCloseable resource : opened.reversed()) {
            try {
                resource.close();
            } catch (Exception e) {
                failure.addSuppressed(e);
            }
        }
    }
}

package io.hopline.lb.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The header fields of a request as routing and balancing read them, whatever they were parsed by. */
public interface FieldReader {
    /** The value of the first field of this name, or null. */
    @Nullable
    String get(String lowerCaseName);

    /** The values of all fields of this name, in their order. */
    List<String> all(String lowerCaseName);
}

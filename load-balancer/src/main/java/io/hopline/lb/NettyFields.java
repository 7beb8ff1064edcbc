package io.hopline.lb;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Netty's header fields. */
record NettyFields(HttpHeaders headers) implements FieldReader {
    @Override
    public @Nullable String get(String lowerCaseName) {
        return headers.get(lowerCaseName);
    }

    @Override
    public List<String> all(String lowerCaseName) {
        return headers.getAll(lowerCaseName);
    }
}

package io.hopline.lb.config;

import java.util.Locale;

/** How constants are written in configurations: {@code LEAST_REQUEST} is {@code least-request}. */
final class Spelling {
    private Spelling() {}

    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

package io.hopline.lb.http;

/** The token of RFC 9110, section 5.6.2: what a method, a field name and a cookie's name are made of. */
public final class HttpToken {
    private static final String MARKS = "!#$%&'*+-.^_`|~";

    private HttpToken() {}

    public static boolean valid(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!letter && MARKS.indexOf(c) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** True for what a field's value may hold: visible ASCII, spaces and tabs (RFC 9110, section 5.5). */
    public static boolean validValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < ' ' && c != '\t') || c >= 0x7f) {
                return false;
            }
        }
        return true;
    }
}

package io.hopline.lb;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;

/** Netty's response encoder, told by the connection that the answer to a HEAD has no body. */
final class ResponseEncoder extends HttpResponseEncoder {
    private boolean head;

    void answersHead(boolean answersHead) {
        head = answersHead;
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpResponse response) {
        return head || super.isContentAlwaysEmpty(response);
    }
}

package io.hopline.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MultipartReplyTest {
    @Test
    void splitsWhatDoesNotFitIntoOneMessage() {
        List<FlowStats> flows = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            Match match = Match.builder().inPort(i).build();
            flows.add(new FlowStats(0, 0, i, 0, 0, 0, i, 0, 0, match, List.of(Instruction.apply(Action.output(1)))));
        }
        List<MultipartReply> replies = MultipartReply.split(new MultipartReply.Flows(flows));
        assertThat(replies).hasSizeGreaterThan(5);
        List<FlowStats> read = new ArrayList<>();
        for (MultipartReply reply : replies) {
            byte[] bytes = OpenFlowCodec.encode(1, reply);
            assertThat(bytes.length).isLessThanOrEqualTo(OpenFlow.MAX_MESSAGE_BYTES);
            MultipartReply decoded =
                    (MultipartReply) OpenFlowCodec.decode(bytes).message();
            assertThat(decoded.more()).isEqualTo(reply != replies.getLast());
            read.addAll(((MultipartReply.Flows) decoded.report()).flows());
        }
        assertThat(read).isEqualTo(flows);
    }

    @Test
    void anEmptyReportIsOneMessage() {
        MultipartReply.Report none = new MultipartReply.Ports(List.of());
        assertThat(MultipartReply.split(none)).containsExactly(new MultipartReply(none));
    }
}

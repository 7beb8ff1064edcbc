package io.hopline.vswitch;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.openflow.OpenFlowConnection;
import io.hopline.openflow.OpenFlowMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people see who drive the switch with Open vSwitch's ovs-ofctl. */
@Tag("ovs")
@Timeout(120)
final class OpenFlowAgentOvsTest {
    @TempDir
    Path directory;

    private AgentRig rig;

    @BeforeEach
    void start() throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/ovs-ofctl")), "ovs-ofctl is not installed");
        rig = new AgentRig(directory);
    }

    @AfterEach
    void stop() {
        if (rig != null) {
            rig.close();
        }
    }

    private record Outcome(int exit, String text) {}

    private Outcome run(String command, String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("ovs-ofctl", "-O", "OpenFlow13", "--timeout=20"));
        line.addAll(List.of(command.split(" ")));
        line.add(rig.address.text());
        line.addAll(List.of(arguments));
        Process ofctl = new ProcessBuilder(line).redirectErrorStream(true).start();
        String text = new String(ofctl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(ofctl.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Outcome(ofctl.exitValue(), text);
    }

    private String ofctl(String command, String... arguments) throws IOException, InterruptedException {
        Outcome outcome = run(command, arguments);
        assertThat(outcome.exit())
                .as("%s %s: %s", command, List.of(arguments), outcome.text())
                .isZero();
        return outcome.text();
    }

    private String refused(String command, String... arguments) throws IOException, InterruptedException {
        return run(command, arguments).text();
    }

    @Test
    void showsTheSwitchAndItsPorts() throws Exception {
        assertThat(ofctl("show"))
                .contains("dpid:00000000000000a1", "n_tables:64", "FLOW_STATS TABLE_STATS PORT_STATS GROUP_STATS")
                .contains("1(web1): addr:02:00:00:00:00:01", "2(web2): addr:02:00:00:00:00:02", "LIVE");
        assertThat(ofctl("dump-desc")).contains("Manufacturer: Hopline", "DP Description: node a");
        assertThat(ofctl("dump-ports-desc")).contains("1(web1)");
        assertThat(ofctl("dump-ports")).contains("2 ports", "rx pkts=0, bytes=0, drop=0");
        assertThat(ofctl("dump-ports", "web1")).contains("1 ports");
        assertThat(ofctl("dump-tables")).contains("table 0", "active=0, lookup=");
        assertThat(ofctl("dump-table-features"))
                .contains("table 0", "goto_table", "set_field", "tun_{id,src,dst,ipv6_{src,dst}}", "ct_{state");
        assertThat(ofctl("dump-group-features")).contains("select group", "fast failover group");
        assertThat(ofctl("meter-features")).contains("max_meter:0");
        assertThat(ofctl("queue-stats")).contains("0 queues");
        assertThat(ofctl("get-frags")).contains("normal");
        assertThat(ofctl("probe")).isEmpty();
        assertThat(ofctl("ping", "100")).contains("100 bytes from");
    }

    @Test
    void addsModifiesAndDeletesFlows() throws Exception {
        ofctl("add-flow", "table=0,priority=100,cookie=0x5,tcp,nw_dst=10.0.1.0/24,tp_dst=80,actions=output:2");
        ofctl("add-flow", "table=0,priority=1,actions=goto_table:4");
        ofctl("add-flow", "table=4,ip,metadata=0x64/0xffffff,dl_dst=02:00:00:00:00:01,actions=dec_ttl,web1");
        assertThat(ofctl("dump-flows"))
                .contains("cookie=0x5", "n_packets=0, n_bytes=0, priority=100,tcp,nw_dst=10.0.1.0/24,tp_dst=80")
                .contains("actions=output:2", "actions=goto_table:4");
        assertThat(ofctl("dump-flows", "table=4"))
                .contains("metadata=0x64/0xffffff")
                .doesNotContain("cookie=0x5");
        assertThat(ofctl("dump-aggregate")).contains("flow_count=3");
        ofctl("mod-flows", "tcp,actions=output:1");
        assertThat(ofctl("dump-flows", "tcp")).contains("actions=output:1");
        ofctl("--strict mod-flows", "priority=1,actions=drop");
        assertThat(ofctl("dump-flows", "table=0")).contains("priority=1 actions=drop");
        ofctl("del-flows", "cookie=0x5/-1");
        assertThat(ofctl("dump-aggregate")).contains("flow_count=2");
        ofctl("--strict del-flows", "table=0,priority=1");
        ofctl("del-flows");
        assertThat(ofctl("dump-aggregate")).contains("flow_count=0");
    }

    @Test
    void takesTheActionsOfAnOverlayAndALoadBalancer() throws Exception {
        ofctl("add-group", "group_id=1,type=all,bucket=output:1,bucket=output:2");
        ofctl(
                "add-group",
                "group_id=2,type=select,bucket=weight:50,actions=ct(commit,zone=100,table=4,nat(dst=10.0.1.11:80),"
                        + "exec(move:NXM_OF_ETH_SRC[]->NXM_NX_CT_LABEL[0..47]))");
        ofctl("add-flow", "table=2,ip,actions=ct(zone=100,nat,table=3)");
        ofctl("add-flow", "table=3,ct_state=+new+trk,tcp,actions=group:2");
        ofctl("add-flow", "table=5,metadata=100,actions=set_field:100->tun_id,set_field:192.0.2.2->tun_dst,output:2");
        ofctl("add-flow", "table=8,tun_ipv6_src=2001:db8::/32,actions=set_field:2001:db8::2->tun_ipv6_dst,output:2");
        ofctl(
                "add-flow",
                "table=1,arp,arp_op=1,actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],load:0x2->NXM_OF_ARP_OP[],"
                        + "move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],IN_PORT");
        ofctl("add-flow", "table=6,actions=load:0x5->NXM_NX_REG1[0..15],resubmit(,7)");
        assertThat(ofctl("dump-groups"))
                .contains("group_id=1,type=all,bucket=actions=output:1")
                .contains("group_id=2,type=select", "weight:50", "nat(dst=10.0.1.11:80)");
        assertThat(ofctl("dump-group-stats")).contains("group_id=2", "ref_count=1", "bucket0:packet_count=0");
        assertThat(ofctl("dump-flows"))
                .contains("ct(table=3,zone=100,nat)", "ct_state=+new+trk,tcp actions=group:2")
                .contains("set_field:0x64->tun_id,set_field:192.0.2.2->tun_dst,output:2")
                .contains("tun_ipv6_src=2001:db8::/32 actions=set_field:2001:db8::2->tun_ipv6_dst,output:2")
                .contains("move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]", "IN_PORT")
                .contains("load:0x5->NXM_NX_REG1[0..15],resubmit(,7)");
        ofctl("mod-group", "group_id=1,type=all,bucket=output:1");
        assertThat(ofctl("dump-groups", "1"))
                .contains("bucket=actions=output:1")
                .doesNotContain("output:2");
        ofctl("del-groups", "group_id=2");
        assertThat(ofctl("dump-flows", "table=3")).doesNotContain("group:2");
    }

    @Test
    void saysWhatIsWrongWithARequest() throws Exception {
        assertThat(refused("add-flow", "actions=group:77")).contains("OFPBAC_BAD_OUT_GROUP");
        assertThat(refused("add-flow", "table=99,actions=drop")).contains("OFPFMFC_BAD_TABLE_ID");
        assertThat(refused("add-meter", "meter=1,kbps,band=type=drop,rate=100")).contains("OFPMMFC_OUT_OF_METERS");
        ofctl("add-flow", "in_port=1,actions=output:2");
        assertThat(refused("add-flow", "check_overlap,actions=output:2")).contains("OFPFMFC_OVERLAP");
        ofctl("add-group", "group_id=1,type=all,bucket=output:1");
        assertThat(refused("add-group", "group_id=1,type=all,bucket=output:1")).contains("OFPGMFC_GROUP_EXISTS");
        assertThat(refused("dump-ports", "77")).contains("OFPBRC_BAD_PORT");
        assertThat(ofctl("dump-aggregate")).contains("flow_count=1");
    }

    @Test
    void commitsBundlesAndReplacesFlows() throws Exception {
        Path file = Files.writeString(
                directory.resolve("flows"), "in_port=1,actions=output:2\nin_port=2,actions=output:1\n");
        ofctl("--bundle add-flows", file.toString());
        assertThat(ofctl("dump-aggregate")).contains("flow_count=2");
        Files.writeString(file, "in_port=1,actions=output:2\nin_port=2,actions=drop\n");
        assertThat(run("diff-flows", file.toString()).text()).contains("in_port=2 actions=drop");
        ofctl("--bundle replace-flows", file.toString());
        assertThat(ofctl("diff-flows", file.toString())).isEmpty();
        Files.writeString(file, "in_port=1,actions=drop\nin_port=3,actions=group:77\n");
        assertThat(refused("--bundle add-flows", file.toString())).contains("FAIL");
        assertThat(ofctl("dump-flows")).contains("in_port=1 actions=output:2");
    }

    @Test
    void setsPortsDownAndUp() throws Exception {
        ofctl("mod-port", "web1", "down");
        assertThat(ofctl("dump-ports-desc")).contains("PORT_DOWN");
        ofctl("mod-port", "web1", "up");
        assertThat(ofctl("dump-ports-desc")).doesNotContain("PORT_DOWN");
        assertThat(refused("mod-port", "77", "down")).contains("77");
    }

    @Test
    void survivesRandomMessages() throws Exception {
        ofctl("add-flow", "in_port=1,actions=output:2");
        Random random = new Random(11);
        for (int round = 0; round < 40; round++) {
            try (SocketChannel channel = SocketChannel.open(rig.address.socketAddress())) {
                channel.write(ByteBuffer.wrap(new byte[] {4, 0, 0, 8, 0, 0, 0, 1}));
                for (int i = 0; i < 100; i++) {
                    channel.write(ByteBuffer.wrap(randomQuestion(random)));
                }
            } catch (IOException e) {
                // The switch closed a connection that lost its framing.
                assertThat(rig.virtualSwitch.flowStats(FlowQuery.ALL)).hasSize(1);
            }
        }
        OpenFlowConnection client = rig.client();
        client.send(1, new OpenFlowMessage.BarrierRequest());
        assertThat(client.receive().message()).isEqualTo(new OpenFlowMessage.BarrierReply());
        assertThat(ofctl("dump-flows")).contains("in_port=1 actions=output:2");
    }

    /** A message of a random type that is too broken, or too harmless, to change a flow. */
    private static byte[] randomQuestion(Random random) {
        int[] harmless = {1, 2, 3, 4, 5, 7, 10, 11, 12, 18, 19, 20, 22, 24, 26, 30, 77};
        byte[] message = new byte[8 + random.nextInt(60)];
        random.nextBytes(message);
        message[0] = (byte) (random.nextInt(20) == 0 ? 1 : 4);
        message[1] = (byte) harmless[random.nextInt(harmless.length)];
        message[2] = 0;
        message[3] = (byte) (random.nextInt(200) == 0 ? 3 : message.length);
        return message;
    }
}

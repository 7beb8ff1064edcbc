package io.hopline.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChangesTest {
    private static void assertRefused(ThrowingCallable change, StateException.Kind kind, String field, String reason) {
        assertThatThrownBy(change).isInstanceOfSatisfying(StateException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e.field()).isEqualTo(field);
            assertThat(e.reason()).contains(reason);
        });
    }

    @Test
    void aNetworkGetsAFreeVniAndAddressesOfItsOwn() {
        NetworkState state = States.blue();
        NetworkState after = Changes.createNetwork(
                state, "green", Subnet.parse("10.0.2.0/24"), Optional.empty(), Optional.empty(), true);
        Network green = after.network("name", "green");
        assertThat(after.version()).isEqualTo(state.version() + 1);
        assertThat(green.vni()).isEqualTo(101);
        assertThat(green.subnet().gateway()).hasToString("10.0.2.1");
        assertThat(green.subnet().servicePort()).hasToString("10.0.2.254");
        assertThat(green.gatewayMac()).hasToString("02:00:00:65:02:01");
        assertThat(state.networks()).doesNotContainKey("green");
    }

    @Test
    void networksThatCannotBeToldApartAreRefused() {
        NetworkState state = States.blue();
        Subnet other = Subnet.parse("10.0.2.0/24");
        assertRefused(
                () -> Changes.createNetwork(state, "blue", other, Optional.empty(), Optional.empty(), true),
                StateException.Kind.CONFLICT,
                "name",
                "exists already");
        assertRefused(
                () -> Changes.createNetwork(state, "green", other, Optional.empty(), Optional.of(100), true),
                StateException.Kind.CONFLICT,
                "vni",
                "taken by network 'blue'");
        assertRefused(
                () -> Changes.createNetwork(state, "green", other, Optional.empty(), Optional.of(0x10000 + 100), true),
                StateException.Kind.CONFLICT,
                "vni",
                "conntrack zone");
        Subnet overlapping = Subnet.parse("10.0.0.0/16");
        assertRefused(
                () -> Changes.createNetwork(state, "green", overlapping, Optional.empty(), Optional.empty(), true),
                StateException.Kind.CONFLICT,
                "subnet",
                "overlaps");
        assertThat(Changes.createNetwork(state, "green", overlapping, Optional.empty(), Optional.empty(), false)
                        .networks())
                .containsKey("green");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.1.0,not an IPv4 subnet",
        "10.0.1.1/24,did you mean 10.0.1.0/24",
        "10.0.0.0/8,must be 16 to 29",
        "10.0.1.0/30,must be 16 to 29",
        "10.0.1/24,not an IPv4 address",
        "300.0.1.0/24,not an IPv4 address",
        "224.0.1.0/24,no unicast",
        "10.0.1.0/x,not an IPv4 subnet"
    })
    void badSubnetsSayWhatIsWrong(String text, String reason) {
        assertRefused(() -> Subnet.parse(text), StateException.Kind.INVALID, "subnet", reason);
    }

    @ParameterizedTest
    @CsvSource({
        "fd00:1::,not an IPv6 subnet",
        "10.0.1.0/64,not an IPv6 subnet",
        "fd00:1::/56,prefix length must be 64",
        "fd00:1::7/64,did you mean fd00:1::/64",
        "fe80::/64,no addresses for guests",
        "ff02::/64,no addresses for guests"
    })
    void badIpv6SubnetsSayWhatIsWrong(String text, String reason) {
        assertRefused(() -> Subnet6.parse(text), StateException.Kind.INVALID, "subnet6", reason);
    }

    @Test
    void twoNetworksThatClientsOutsideReachCannotShareAnIpv6Subnet() {
        Optional<Subnet6> shared = Optional.of(Subnet6.parse("fd00:1::/64"));
        NetworkState state = Changes.createNetwork(
                NetworkState.EMPTY, "blue", Subnet.parse("10.0.1.0/24"), shared, Optional.empty(), true);
        Subnet other = Subnet.parse("10.0.2.0/24");
        assertRefused(
                () -> Changes.createNetwork(state, "green", other, shared, Optional.empty(), true),
                StateException.Kind.CONFLICT,
                "subnet6",
                "network 'blue' has it, too");
        assertThat(Changes.createNetwork(state, "green", other, shared, Optional.empty(), false)
                        .networks())
                .containsKey("green");
    }

    @ParameterizedTest
    @CsvSource({"'',empty", "averyverylongname,longer than 11", "a b,letters", "-x,letters", "'a/b',letters"})
    void badNamesSayWhatIsWrong(String name, String reason) {
        assertRefused(
                () -> Changes.createNetwork(
                        NetworkState.EMPTY,
                        name,
                        Subnet.parse("10.0.1.0/24"),
                        Optional.empty(),
                        Optional.empty(),
                        true),
                StateException.Kind.INVALID,
                "name",
                reason);
    }

    @Test
    void aVnicGetsTheLowestFreeAddressAndAMacMadeOfIt() {
        NetworkState state = States.blue();
        state = Changes.createVnic(state, "first", "blue", Optional.empty());
        state = Changes.createVnic(state, "second", "blue", Optional.of(Ipv4Address.parse("10.0.1.3")));
        state = Changes.createVnic(state, "third", "blue", Optional.empty());
        assertThat(state.vnic("name", "first").ip()).hasToString("10.0.1.2");
        assertThat(state.vnic("name", "first").mac()).hasToString("02:00:00:64:01:02");
        assertThat(state.vnic("name", "third").ip()).hasToString("10.0.1.4");
    }

    @Test
    void vnicsThatDoNotFitAreRefused() {
        NetworkState state = States.twoHosts();
        assertRefused(
                () -> Changes.createVnic(state, "web1", "blue", Optional.empty()),
                StateException.Kind.CONFLICT,
                "name",
                "exists already");
        assertRefused(
                () -> Changes.createVnic(state, "web9", "red", Optional.empty()),
                StateException.Kind.UNKNOWN,
                "network",
                "no network 'red'");
        assertRefused(
                () -> Changes.createVnic(state, "svc-x", "blue", Optional.empty()),
                StateException.Kind.INVALID,
                "name",
                "reserved");
        assertRefused(
                () -> Changes.createVnic(state, "eth0", "blue", Optional.empty()),
                StateException.Kind.CONFLICT,
                "name",
                "uplink");
        for (String taken : new String[] {"10.0.1.11", "10.0.1.100"}) {
            assertRefused(
                    () -> Changes.createVnic(state, "web9", "blue", Optional.of(Ipv4Address.parse(taken))),
                    StateException.Kind.CONFLICT,
                    "ip",
                    taken);
        }
        for (String unusable : new String[] {"10.0.2.1", "10.0.1.0", "10.0.1.1", "10.0.1.254", "10.0.1.255"}) {
            assertRefused(
                    () -> Changes.createVnic(state, "web9", "blue", Optional.of(Ipv4Address.parse(unusable))),
                    StateException.Kind.INVALID,
                    "ip",
                    unusable);
        }
    }

    @Test
    void aFullSubnetSaysSo() {
        NetworkState state = Changes.createNetwork(
                NetworkState.EMPTY, "tiny", Subnet.parse("10.0.1.0/29"), Optional.empty(), Optional.empty(), true);
        for (int i = 0; i < 4; i++) {
            state = Changes.createVnic(state, "v" + i, "tiny", Optional.empty());
        }
        NetworkState full = state;
        assertRefused(
                () -> Changes.createVnic(full, "v9", "tiny", Optional.empty()),
                StateException.Kind.CONFLICT,
                "ip",
                "no free address");
    }

    @Test
    void whatIsInUseIsNotDeleted() {
        NetworkState state = States.twoHosts();
        assertRefused(
                () -> Changes.deleteNetwork(state, "blue"), StateException.Kind.CONFLICT, "name", "still has vNIC");
        assertRefused(
                () -> Changes.deleteVnic(state, "web1"),
                StateException.Kind.CONFLICT,
                "name",
                "backend of service 'web'");
        NetworkState after = Changes.deleteService(state, "web");
        for (String vnic : new String[] {"web1", "web2", "client"}) {
            after = Changes.deleteVnic(after, vnic);
        }
        after = Changes.deleteNetwork(after, "blue");
        assertThat(after.networks()).isEmpty();
        assertRefused(
                () -> Changes.deleteNetwork(state, "red"), StateException.Kind.UNKNOWN, "name", "no network 'red'");
    }

    @Test
    void servicesThatCannotWorkAreRefused() {
        NetworkState state = States.twoHosts();
        assertRefused(
                () -> States.draft("x", "10.0.1.101:80", Service.Mode.L4, "tcp"),
                StateException.Kind.INVALID,
                "backends",
                "at least one backend");
        assertRefused(
                () -> States.draft("x", "10.0.1.101:80", Service.Mode.L4, "tcp", "web1:80", "web1:81"),
                StateException.Kind.INVALID,
                "backends",
                "listed twice");
        assertService(state, "10.0.1.101:80", "nobody:80", StateException.Kind.UNKNOWN, "backends", "no vNIC");
        assertService(state, "10.0.2.101:80", "web1:80", StateException.Kind.INVALID, "vip", "outside");
        assertService(state, "10.0.1.1:80", "web1:80", StateException.Kind.INVALID, "vip", "reserved");
        assertService(state, "10.0.1.11:80", "web1:80", StateException.Kind.CONFLICT, "vip", "vNIC 'web1'");
        assertService(state, "10.0.1.100:80", "web1:80", StateException.Kind.CONFLICT, "vip", "service 'web'");
        assertRefused(
                () -> Changes.createService(
                        state, States.draft("x", "10.0.1.100:81", Service.Mode.L7, "tcp", "web1:80")),
                StateException.Kind.CONFLICT,
                "vip",
                "other mode");
        assertRefused(
                () -> States.draft("x", "10.0.1.101:0", Service.Mode.L4, "tcp", "web1:80"),
                StateException.Kind.INVALID,
                "vip",
                "port must be 1 to 65535");
        assertRefused(
                () -> States.draft("x", "10.0.1.101:80", Service.Mode.L4, "http:/x y", "web1:80"),
                StateException.Kind.INVALID,
                "check",
                "HTTP path");
    }

    @Test
    void aUdpServiceSharesItsPortWithATcpServiceOnly() {
        Service udp = States.draft("dns", "10.0.1.100:80", Service.Mode.L4, "none", "web1:53").toBuilder()
                .protocol(Service.Protocol.UDP)
                .build();
        NetworkState state = Changes.createService(States.twoHosts(), udp);
        assertThat(state.services().keySet()).containsExactly("dns", "web");
        assertRefused(
                () -> Changes.createService(
                        state,
                        Service.named("dns2", "blue", udp.vip())
                                .protocol(Service.Protocol.UDP)
                                .check(Check.parse("none"))
                                .backends(udp.backends())
                                .build()),
                StateException.Kind.CONFLICT,
                "vip",
                "service 'dns'");
        assertRefused(
                () -> udp.toBuilder().check(Check.parse("http:/")).build(),
                StateException.Kind.INVALID,
                "check",
                "name the TCP port");
        assertThat(udp.toBuilder().check(Check.parse("tcp:53")).build().check().port())
                .isEqualTo(53);
        assertRefused(
                () -> udp.toBuilder().mode(Service.Mode.L7).build(),
                StateException.Kind.INVALID,
                "protocol",
                "l7 service is tcp");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "tcp", "tcp:8080", "http:/", "http:8080/health?deep=1"})
    void aCheckIsWrittenAsItWasRead(String text) {
        assertThat(Check.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tcp:", "tcp:0", "tcp:80/", "http", "http:", "http:80", "http:x/", "icmp"})
    void checksThatSayNothingAreRefused(String text) {
        assertThatThrownBy(() -> Check.parse(text))
                .isInstanceOf(StateException.class)
                .hasMessageStartingWith("check");
    }

    private static void assertService(
            NetworkState state, String vip, String backend, StateException.Kind kind, String field, String reason) {
        assertRefused(
                () -> Changes.createService(state, States.draft("x", vip, Service.Mode.L4, "tcp", backend)),
                kind,
                field,
                reason);
    }

    @Test
    void backendsComeAndGoWithHealthDrainAndAttachment() {
        NetworkState state = States.twoHosts();
        Service web = state.service("name", "web");
        assertThat(state.available(web)).hasSize(2);
        NetworkState sick = Changes.observeHealth(state, new Health("web", "web1", false, "connection refused"));
        assertThat(sick.status(web, web.backends().getFirst())).isEqualTo(BackendStatus.UNHEALTHY);
        assertThat(sick.available(web)).extracting(Backend::vnic).containsExactly("web2");
        NetworkState drained = Changes.drain(state, "web", "web2", true);
        assertThat(drained.available(drained.service("name", "web")))
                .extracting(Backend::vnic)
                .containsExactly("web1");
        NetworkState detached = Changes.observePorts(state, "b", new TreeMap<>(Map.of("vxlan0", 1)));
        assertThat(detached.status(web, web.backends().getLast())).isEqualTo(BackendStatus.DETACHED);
        assertRefused(
                () -> Changes.drain(state, "web", "nobody", true),
                StateException.Kind.UNKNOWN,
                "backend",
                "no backend 'nobody'");
    }

    @Test
    void aChangeThatChangesNothingKeepsTheVersion() {
        NetworkState state = States.twoHosts();
        assertThat(Changes.registerNode(state, States.nodeA())).isSameAs(state);
        assertThat(Changes.observePorts(state, "b", new TreeMap<>(Map.of("vxlan0", 1, "web2", 2))))
                .isSameAs(state);
        assertThat(Changes.drain(state, "web", "web1", false)).isSameAs(state);
        NetworkState healthy = Changes.observeHealth(state, new Health("web", "web1", true, "HTTP 200"));
        assertThat(Changes.observeHealth(healthy, new Health("web", "web1", true, "HTTP 200")))
                .isSameAs(healthy);
    }

    @Test
    void twoNodesAreNeverTheSame() {
        NetworkState state = Changes.registerNode(NetworkState.EMPTY, States.nodeA());
        NodeInfo sameDpid = new NodeInfo("c", 0xa, Ipv4Address.parse("192.0.2.9"), null, null, 1450, "", "", "");
        NodeInfo sameVtep = new NodeInfo("c", 0xc, Ipv4Address.parse("192.0.2.1"), null, null, 1450, "", "", "");
        assertRefused(() -> Changes.registerNode(state, sameDpid), StateException.Kind.CONFLICT, "dpid", "node 'a'");
        assertRefused(() -> Changes.registerNode(state, sameVtep), StateException.Kind.CONFLICT, "vtep", "node 'a'");
        NodeInfo otherVersion = new NodeInfo("c", 0xc, IpAddress.parse("fd00::1"), null, null, 1430, "", "", "");
        assertRefused(
                () -> Changes.registerNode(state, otherVersion), StateException.Kind.CONFLICT, "vtep", "all IPv4");
    }
}

# UDP with every byte compared: `echo.pl serve PORT` sends back what it gets, `echo.pl ask ADDRESS PORT SIZE...` sends
# datagrams of those sizes one after the other and compares the answers. Lost ones are sent again, wrong ones are fatal.
use strict;
use warnings;
use Socket;

my ($mode, @arguments) = @ARGV;
socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
if ($mode eq 'serve') {
    bind($socket, sockaddr_in($arguments[0], INADDR_ANY)) or die "bind: $!";
    while (defined(my $from = recv($socket, my $datagram, 65536, 0))) {
        send($socket, $datagram, 0, $from);
    }
    die "recv: $!";
}
my ($address, $port, @sizes) = @arguments;
connect($socket, sockaddr_in($port, inet_aton($address))) or die "connect: $!";
my $asked = 0;
my $again = 0;
srand(42);
for my $size (@sizes) {
    my $sent = pack('N', $asked++) . join('', map { chr(int(rand(256))) } 1 .. 251) x (1 + $size / 251);
    $sent = substr($sent, 0, $size);
    for (my $try = 0; ; $try++) {
        die "no answer to $size bytes" if $try == 10;
        $again++ if $try > 0;
        defined(send($socket, $sent, 0)) or die "send of $size bytes: $!";
        my $got = answer();
        next if !defined $got || length($got) >= 4 && $size >= 4 && substr($got, 0, 4) ne substr($sent, 0, 4);
        die "$size bytes came back as " . length($got) . ', or with others' if $got ne $sent;
        last;
    }
}
print "echoed $asked datagrams, $again again\n";

sub answer {
    my $ready = '';
    vec($ready, fileno($socket), 1) = 1;
    return undef if !select($ready, undef, undef, 2);
    recv($socket, my $datagram, 65536, 0);
    return $datagram;
}

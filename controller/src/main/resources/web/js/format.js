// Figures and words as people read them.

const HOPS = {
  'host-nic': ['Host NIC', 'kernel stamp at the NIC to the switch, and switch to NIC or tunnel'],
  'vswitch': ['vSwitch', 'taken from the queue until all actions are done'],
  'vnic': ['vNIC', 'between the switch and the guest’s network device'],
  'overlay': ['VXLAN', 'tunnel send on one host to the kernel’s receive stamp on the other'],
  'guest-tcpip': ['Guest TCP/IP', 'the guest’s kernel: a SYN to SYN/ACK turn-around, no application in it'],
  'nginx': ['nginx', 'the rest of the guest’s turn-around: the server itself'],
  'guest': ['Guest', 'a guest’s whole turn-around, kernel and server: nothing tells them apart'],
  'proxy': ['Proxy', 'the L7 proxy, apart from its backend request'],
  'proxy-route': ['Proxy: route', 'request read to backend chosen'],
  'proxy-queue': ['Proxy: queue', 'backend chosen until a connection is free or begins to be opened'],
  'proxy-connect': ['Proxy: connect', 'a connection to the backend is opened'],
  'proxy-write': ['Proxy: write', 'decision to send until the bytes left'],
  'proxy-tcpip': ['Proxy: TCP/IP', 'network device until the proxy read the bytes'],
};

const VIRTUAL = new Set(['host-nic', 'vswitch', 'vnic', 'overlay']);

export const hopLabel = hop => (HOPS[hop] ?? [hop])[0];
export const hopHelp = hop => (HOPS[hop] ?? ['', hop])[1];
const isVirtual = hop => VIRTUAL.has(hop);

/** What colours a hop: the virtual network, the guest's kernel, the server, the proxy. */
export const hopKind = hop =>
  isVirtual(hop) ? 'net' : hop === 'guest-tcpip' ? 'guest' : hop.startsWith('proxy') ? 'proxy' : hop === 'nginx' || hop === 'guest' ? 'server' : 'rest';

/** Nanoseconds as microseconds, from ten milliseconds on as those, with three significant digits or so. */
export function duration(ns) {
  const [value, unit] = ns < 10_000_000 ? [ns / 1000, 'µs'] : [ns / 1_000_000, 'ms'];
  const digits = value === 0 ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits})} ${unit}`;
}

export const percent = (part, whole) => (whole > 0 ? (100 * part / whole).toFixed(1) : '0.0') + ' %';

/** So many a second. */
export const rate = perS => perS.toLocaleString('en', {maximumSignificantDigits: 3}) + ' /s';

export const plural = (count, one, many = one + 's') => `${count} ${count === 1 ? one : many}`;

/** A moment as the clock on the wall shows it. */
export const clock = ms => new Date(ms).toLocaleTimeString('en-GB');

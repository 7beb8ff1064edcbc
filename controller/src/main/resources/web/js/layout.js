// Which stations a walk has, in which order, on which host.

const ORDER = ['host-nic', 'vswitch', 'vnic', 'proxy', 'guest-tcpip', 'nginx', 'guest'];

/** All of a proxy's phases happen at one station, and the tunnel is one station whichever end received. */
const place = hop => (hop.startsWith('proxy') ? 'proxy' : hop);

/** The station at which a step of the walk happens. */
export function stationOf(step) {
  const hop = place(step.hop);
  return hop === 'overlay' ? 'overlay' : `${hop}@${step.host}`;
}

/**
 * Groups of stations from the client to the server: one per host on the way, and the tunnel between them.
 * Without a walk, the way that every request takes at least.
 */
export function layout(trace) {
  if (trace === null) {
    const hops = ['host-nic', 'vswitch', 'vnic', 'guest-tcpip', 'nginx'];
    return [{host: '', stations: hops.map(hop => ({hop, id: `${hop}@`}))}];
  }
  const hosts = [...trace.hostPath];
  for (const step of trace.steps) {
    if (!hosts.includes(step.host)) {
      hosts.push(step.host);
    }
  }
  const groups = [];
  for (const host of hosts) {
    const here = new Set(trace.steps.filter(step => step.host === host && step.hop !== 'overlay').map(step => place(step.hop)));
    const rank = hop => (ORDER.includes(hop) ? ORDER.indexOf(hop) : ORDER.length);
    const stations = [...here].sort((a, b) => rank(a) - rank(b)).map(hop => ({hop, id: `${hop}@${host}`}));
    if (stations.length > 0) {
      if (groups.length > 0 && trace.steps.some(step => step.hop === 'overlay')) {
        groups.push({host: null, stations: [{hop: 'overlay', id: 'overlay'}]});
      }
      groups.push({host, stations});
    }
  }
  return groups;
}

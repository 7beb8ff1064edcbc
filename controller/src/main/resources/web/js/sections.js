// What there is, as tables: hosts, guests and networks; and the small parts that every view is made of.
import {html, nothing} from 'lit-html';
import {duration, plural} from './format.js';

/** Rows that a table shows at most; the filter finds the others. */
const MAX_ROWS = 100;

/** What a pill says without its colour. */
const SIGNS = {good: '✓ ', bad: '✕ ', warn: '! ', plain: ''};

export const pill = (kind, text) => html`
  <span class="pill ${kind}"><span aria-hidden="true">${SIGNS[kind]}</span>${text}</span>`;

export const heading = (id, title, count = null) => html`
  <h2 id="${id}-title">${title} ${count === null ? nothing : html`<span class="count">${count}</span>`}</h2>`;

export const empty = (text, command) => html`
  <div class="empty"><p>${text}</p><code>${command}</code></div>`;

const none = html`<span class="dim">–</span>`;

/** A table that scrolls by itself where the page is narrow, with the keyboard too. */
export const table = (caption, columns, rows) => html`
  <div class="scroll" role="region" aria-label=${caption} tabindex="0"><table>
    <caption class="hidden">${caption}</caption>
    <thead><tr>${columns.map(column => html`<th scope="col" class=${column.right ? 'right' : nothing}>${column.name ?? column}</th>`)}</tr></thead>
    <tbody>${rows}</tbody>
  </table></div>`;

/** What the filter left. */
export const filtered = (known, filter) => filter.trim() === '' ? nothing
  : `${known.guests.length} of ${plural(known.total, 'guest')}`;

export function hosts(state) {
  return html`
    ${heading('hosts', 'Hosts', state.nodes.length)}
    ${state.nodes.length === 0 ? html`<p class="dim">None yet.</p>`
      : html`<div class="card">${table('Hosts',
        ['name', 'controller', 'state', 'VTEP', 'uplink', 'programmed', 'guests', 'datapath'], state.nodes.map(node => host(node, state.vnics)))}
        ${state.nodes.filter(node => node.error !== '').map(node => html`
          <p class="message bad"><b>${node.name}:</b> ${node.error}</p>`)}</div>`}`;
}

function host(node, vnics) {
  const current = node.applied === node.desired;
  return html`
    <tr data-host=${node.name}>
      <th scope="row">${node.name} ${node.gateway ? pill('plain', 'gateway') : ''}</th>
      <td>${node.connected ? pill('good', 'connected') : pill('bad', 'not connected')}</td>
      <td>${current ? html`v${node.applied}`
        : html`<span class="warn-text">v${Math.max(0, node.applied)} of v${node.desired}</span>`}</td>
      <td class="mono">${node.vtep}</td>
      <td>${node.uplink ?? none}</td>
      <td>${plural(node.flows, 'flow')}, ${plural(node.groups, 'group')}, ${plural(node.ports.length, 'port')}</td>
      <td>${vnics.filter(vnic => vnic.node === node.name).length}</td>
      <td class="mono dim">${node.dpid}</td>
    </tr>`;
}

/** Costs: by a guest's name, what it cost its switch in the last minute. */
export function guests(found, state, costs) {
  return html`
    ${heading('guests', 'Guests', state.vnics.length)}
    ${state.vnics.length === 0
      ? empty('No guest is attached. Attach a VM, a container or a namespace on its host:',
        'hopline vnic attach web1 --network blue --netns guest1')
      : html`<div class="card">${table('Guests', ['name', 'state', 'address', 'host', 'network', 'serves', 'switch CPU', 'MAC', 'port'],
        found.slice(0, MAX_ROWS).map(one => guest(one, costs.get(one.name))))}
        ${found.length <= MAX_ROWS ? nothing
          : html`<p class="dim">And ${plural(found.length - MAX_ROWS, 'more guest')}; the filter above finds them.</p>`}</div>`}`;
}

/** Microseconds a second and, where it answers requests, of one. */
function spent(cost) {
  if (cost === undefined) {
    return none;
  }
  const request = cost.cpuUsPerRequest === null ? '' : `, ${duration(cost.cpuUsPerRequest * 1000)} a request`;
  return `${duration(cost.cpuUsPerS * 1000)} a second${request}`;
}

function guest(one, cost) {
  const state = one.state !== 'bound' ? pill('warn', one.state)
    : one.trouble === 'no link' ? pill('bad', 'no link') : pill('good', 'bound');
  return html`
    <tr data-guest=${one.name}>
      <th scope="row">${one.name}</th>
      <td>${state}</td>
      <td class="mono">${one.ip}/${one.prefix}</td>
      <td>${one.node ?? none}</td>
      <td>${one.network}</td>
      <td>${one.services.length === 0 ? none : one.services.map(each => `${each.service} (${each.state})`).join(', ')}</td>
      <td data-cost>${spent(cost)}</td>
      <td class="mono dim">${one.mac}</td>
      <td>${one.port ?? none}</td>
    </tr>`;
}

export function networks(state) {
  return html`
    ${heading('networks', 'Networks', state.networks.length)}
    ${state.networks.length === 0
      ? empty('No network yet. Everything else lives in one:',
        'hopline network create blue --subnet 10.0.1.0/24')
      : html`<div class="card">${table('Networks', ['name', 'VNI', 'subnet', 'gateway', 'reachable from outside', 'guests'],
        state.networks.map(network => html`
          <tr data-network=${network.name}>
            <th scope="row">${network.name}</th><td>${network.vni}</td><td class="mono">${network.subnet}</td>
            <td class="mono">${network.gateway}</td><td>${network.exposed ? 'yes' : 'no'}</td>
            <td>${state.vnics.filter(vnic => vnic.network === network.name).length}</td>
          </tr>`))}</div>`}`;
}

// What there is: hosts, services, guests and networks.
import {html} from 'lit-html';
import {plural} from './format.js';

const pill = (kind, text) => html`<span class="pill ${kind}">${text}</span>`;

const heading = (id, title, count) => html`
  <h2 id="${id}-title">${title} <span class="count">${count}</span></h2>`;

const empty = (text, command) => html`
  <div class="empty"><p>${text}</p><code>${command}</code></div>`;

export function hosts(state) {
  return html`
    ${heading('hosts', 'Hosts', state.nodes.length)}
    ${state.nodes.length === 0
      ? empty('No host has registered. Start a node on each host and point it at this controller:',
        `hopline node --name a --vtep 192.0.2.1 --controller ${location.origin}`)
      : html`<div class="cards">${state.nodes.map(node => host(node, state.vnics))}</div>`}`;
}

function host(node, vnics) {
  const guests = vnics.filter(vnic => vnic.node === node.name);
  const current = node.applied === node.desired;
  return html`
    <article class="card" data-host=${node.name}>
      <h3>${node.name} ${node.gateway ? pill('plain', 'gateway') : ''}
        ${node.connected ? pill('good', 'connected') : pill('bad', 'not connected')}</h3>
      <dl>
        <dt>VTEP</dt><dd>${node.vtep}</dd>
        <dt>uplink</dt><dd>${node.uplink ?? html`<span class="dim">none</span>`}</dd>
        <dt>datapath</dt><dd>${node.dpid}</dd>
        <dt>state</dt><dd>${current ? html`v${node.applied}`
          : html`<span class="warn-text">v${Math.max(0, node.applied)} of v${node.desired}</span>`}</dd>
        <dt>programmed</dt><dd>${plural(node.flows, 'flow')}, ${plural(node.groups, 'group')},
          ${plural(node.ports.length, 'port')}</dd>
      </dl>
      <ul class="chips" aria-label="guests on ${node.name}">
        ${guests.length === 0 ? html`<li class="dim">no guests</li>`
          : guests.map(vnic => html`<li>${vnic.name} <span class="dim">${vnic.ip}</span></li>`)}
      </ul>
      ${node.error === '' ? '' : html`<p class="message bad">${node.error}</p>`}
    </article>`;
}

const HEALTH = {
  healthy: 'good', unchecked: 'plain', unknown: 'plain', unhealthy: 'bad', draining: 'warn', detached: 'bad',
};

export function services(state) {
  return html`
    ${heading('services', 'Services', state.services.length)}
    ${state.services.length === 0
      ? empty('No service yet. A service is a virtual address balanced over guests:',
        'hopline lb create web --network blue --vip 10.0.1.100:80 --backend web1:80 --backend web2:80 --check http:/')
      : html`<div class="cards">${state.services.map(service)}</div>`}`;
}

function service(one) {
  const check = one.check;
  const asked = check.kind === 'none' ? 'no health check'
    : `${check.kind}${check.path ? ' ' + check.path : ''} every ${check.intervalMs} ms`;
  return html`
    <article class="card wide" data-service=${one.name}>
      <h3>${one.name} ${pill('plain', one.mode.toUpperCase())}
        ${one.status === 'ok' ? pill('good', 'serving') : pill('bad', one.status)}</h3>
      <p class="dim"><b class="mono">${one.vip}</b> in ${one.network} · ${asked}</p>
      <div class="scroll"><table>
        <caption class="hidden">Backends of ${one.name}</caption>
        <thead><tr><th scope="col">backend</th><th scope="col">endpoint</th><th scope="col">health</th>
          <th scope="col">last check</th></tr></thead>
        <tbody>${one.backends.map(backend => html`
          <tr data-backend=${backend.name}>
            <th scope="row">${backend.name}</th><td class="mono">${backend.endpoint}</td>
            <td>${pill(HEALTH[backend.state] ?? 'plain', backend.state)}</td>
            <td class="dim">${backend.detail === '' ? '–' : backend.detail}</td>
          </tr>`)}</tbody>
      </table></div>
    </article>`;
}

export function guests(state) {
  return html`
    ${heading('guests', 'Guests', state.vnics.length)}
    ${state.vnics.length === 0
      ? empty('No guest is attached. Attach a VM, a container or a namespace on its host:',
        'hopline vnic attach web1 --network blue --netns guest1')
      : html`<div class="card"><div class="scroll"><table>
        <caption class="hidden">Guests</caption>
        <thead><tr><th scope="col">name</th><th scope="col">state</th><th scope="col">address</th>
          <th scope="col">host</th><th scope="col">network</th><th scope="col">MAC</th>
          <th scope="col">port</th></tr></thead>
        <tbody>${state.vnics.map(vnic => html`
          <tr data-guest=${vnic.name}>
            <th scope="row">${vnic.name}</th>
            <td>${vnic.state === 'bound' ? pill('good', 'bound') : pill('warn', vnic.state)}</td>
            <td class="mono">${vnic.ip}/${vnic.prefix}</td>
            <td>${vnic.node ?? html`<span class="dim">–</span>`}</td>
            <td>${vnic.network}</td><td class="mono dim">${vnic.mac}</td>
            <td>${vnic.port ?? html`<span class="dim">–</span>`}</td>
          </tr>`)}</tbody>
      </table></div></div>`}`;
}

export function networks(state) {
  return html`
    ${heading('networks', 'Networks', state.networks.length)}
    ${state.networks.length === 0
      ? empty('No network yet. Everything else lives in one:',
        'hopline network create blue --subnet 10.0.1.0/24')
      : html`<div class="card"><div class="scroll"><table>
        <caption class="hidden">Networks</caption>
        <thead><tr><th scope="col">name</th><th scope="col">VNI</th><th scope="col">subnet</th>
          <th scope="col">gateway</th><th scope="col">reachable from outside</th><th scope="col">guests</th></tr></thead>
        <tbody>${state.networks.map(network => html`
          <tr data-network=${network.name}>
            <th scope="row">${network.name}</th><td>${network.vni}</td><td class="mono">${network.subnet}</td>
            <td class="mono">${network.gateway}</td><td>${network.exposed ? 'yes' : 'no'}</td>
            <td>${state.vnics.filter(vnic => vnic.network === network.name).length}</td>
          </tr>`)}</tbody>
      </table></div></div>`}`;
}

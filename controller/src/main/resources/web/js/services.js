// Services: who serves them, and how well.
import {html, render} from 'lit-html';
import {empty, heading, pill, table} from './sections.js';

const HEALTH = {
  healthy: 'good', unchecked: 'plain', unknown: 'plain', unhealthy: 'bad', draining: 'warn', detached: 'bad',
};

export class Services {
  id = 'services';
  title = 'Services';

  draw(place, state) {
    render(html`
      <h1 class="hidden" tabindex="-1">Services</h1>
      ${state === null ? '' : services(state)}`, place);
  }
}

function services(state) {
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
      ${table(`Backends of ${one.name}`, ['backend', 'endpoint', 'health', 'last check'], one.backends.map(backend => html`
        <tr data-backend=${backend.name}>
          <th scope="row">${backend.name}</th><td class="mono">${backend.endpoint}</td>
          <td>${pill(HEALTH[backend.state] ?? 'plain', backend.state)}</td>
          <td class="dim">${backend.detail === '' ? '–' : backend.detail}</td>
        </tr>`))}
    </article>`;
}

// Services: who serves them, and how well.
import {html, nothing, render, svg} from 'lit-html';
import {fetchFigures} from './api.js';
import {clock, duration, percent, rate} from './format.js';
import {empty, heading, pill, table} from './sections.js';

const HEALTH = {
  healthy: 'good', unchecked: 'plain', unknown: 'plain', unhealthy: 'bad', draining: 'warn', leaving: 'warn', detached: 'bad',
};

const WIDTH = 600;
const HEIGHT = 72;
/** Where nothing was timed for so long, the line has a gap. */
const GAP_MS = 90_000;

export class Services {
  id = 'services';
  title = 'Services';
  #figures = null;

  async refresh() {
    this.#figures = await fetchFigures();
  }

  draw(place, state) {
    render(html`
      <h1 class="hidden" tabindex="-1">Services</h1>
      ${state === null ? '' : html`
        ${heading('services', 'Services', state.services.length)}
        ${state.services.length === 0
          ? empty('No service yet. A service is a virtual address balanced over guests:',
            'hopline lb create web --network blue --vip 10.0.1.100:80 --backend web1:80 --backend web2:80 --check http:/')
          : html`<div class="cards">${state.services.map(one => this.#service(one))}</div>`}`}`, place);
  }

  #service(one) {
    const check = one.check;
    const asked = check.kind === 'none' ? 'no health check'
      : `${check.kind}${check.path ? ' ' + check.path : ''} every ${check.intervalMs} ms`;
    const figures = this.#figures?.services.find(each => each.name === one.name);
    const times = new Map(figures?.backends.map(each => [each.name, each]) ?? []);
    return html`
      <article class="card wide" data-service=${one.name}>
        <h3>${one.name} ${pill('plain', one.mode.toUpperCase())}
          ${one.status === 'ok' ? pill('good', 'serving') : pill('bad', one.status)}</h3>
        <p class="dim"><b class="mono">${one.vip}</b> in ${one.network} · ${asked}</p>
        ${figures === undefined ? nothing : this.#numbers(figures)}
        ${table(`Backends of ${one.name}`, ['backend', 'endpoint', 'health', 'last check',
          {name: 'timed', right: true}, {name: 'p50', right: true}, {name: 'p99', right: true}], one.backends.map(backend => html`
          <tr data-backend=${backend.name}>
            <th scope="row">${backend.name}</th><td class="mono">${backend.endpoint}</td>
            <td>${pill(HEALTH[backend.state] ?? 'plain', backend.state)}</td>
            <td class="dim">${backend.detail === '' ? '–' : backend.detail}</td>
            ${cells(times.get(backend.name))}
          </tr>`))}
        ${figures === undefined || figures.series.length === 0 ? nothing : history(figures)}
      </article>`;
  }

  #numbers(figures) {
    const {windowMs, sampleOneIn} = this.#figures;
    if (figures.requests === 0) {
      return html`<p class="dim">No request was timed in the last minute.</p>`;
    }
    const timed = figures.requests * 1000 / windowMs;
    return html`
      <div class="figures">
        <div><b>${rate(timed * sampleOneIn)}</b><span>${sampleOneIn === 1 ? 'requests' : `requests, by 1 in ${sampleOneIn}`}</span></div>
        <div><b>${duration(figures.p50Ns)}</b><span>p50, last minute</span></div>
        <div><b>${duration(figures.p99Ns)}</b><span>p99, last minute</span></div>
        <div class="net"><b>${percent(figures.virtualNetworkShare, 1)}</b><span>virtual network, median share</span></div>
      </div>`;
  }
}

const cells = times => times === undefined || times.requests === 0
  ? html`<td class="right">–</td><td class="right">–</td><td class="right">–</td>`
  : html`<td class="right">${times.requests}</td><td class="right">${duration(times.p50Ns)}</td>
    <td class="right">${duration(times.p99Ns)}</td>`;

/** p50 and p99 over the last quarter of an hour, as lines and, for those who want the numbers, as a table. */
function history(figures) {
  const points = figures.series.filter(point => point.requests > 0);
  const worst = points.reduce((a, b) => (b.p99Ns > a.p99Ns ? b : a));
  const end = Math.max(...figures.series.map(point => point.atMs));
  const start = end - 15 * 60_000;
  const x = atMs => (Math.max(atMs, start) - start) / (end - start) * WIDTH;
  const scale = (HEIGHT - 6) / Math.max(1, worst.p99Ns);
  const line = key => points.map((point, i) => `${i === 0 || point.atMs - points[i - 1].atMs > GAP_MS ? 'M' : 'L'}${x(point.atMs).toFixed(1)} ${(HEIGHT - 2 - point[key] * scale).toFixed(1)}`).join('');
  const dot = point => svg`<circle cx=${x(point.atMs)} cy=${HEIGHT - 2 - point.p99Ns * scale} r="2.5"></circle>`;
  const told = `p99 over the last 15 minutes: at worst ${duration(worst.p99Ns)} at ${clock(worst.atMs)}, last ${duration(points.at(-1).p99Ns)}`;
  return html`
    <figure class="spark">
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${told} preserveAspectRatio="none">
        <path class="base" d="M0 ${HEIGHT - 1}H${WIDTH}"></path>
        <path class="p50" d=${line('p50Ns')}></path>
        <path class="p99" d=${line('p99Ns')}></path>
        ${points.length === 1 ? dot(points[0]) : nothing}
      </svg>
      <figcaption class="dim">${told}; <span class="key p99">p99</span> above <span class="key p50">p50</span></figcaption>
      <details><summary>The same as a table</summary>
        ${table(`Times of ${figures.name} over the last 15 minutes`, ['since', {name: 'timed', right: true}, {name: 'p50', right: true}, {name: 'p99', right: true}],
          points.toReversed().map(point => html`<tr><th scope="row">${clock(point.atMs)}</th>${cells(point)}</tr>`))}
      </details>
    </figure>`;
}

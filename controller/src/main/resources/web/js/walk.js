// One real request, walked step by step along NIC -> vSwitch -> vNIC -> guest TCP/IP -> nginx and back.
import {html, nothing, render} from 'lit-html';
import {walkPath} from './api.js';
import {hopHelp, hopKind, hopLabel, duration, percent} from './format.js';
import {layout, stationOf} from './layout.js';

/** The whole walk takes about this long on screen, whatever the request took. */
const WALK_MS = 6000;
const MIN_STEP_MS = 160;
const MAX_STEP_MS = 900;

/** What to look at when the controller says which part failed. */
const ADVICE = {
  probe: 'The controller itself is the client. Start it where clients are: hopline controller --probe-netns NAME.',
  service: 'Nobody answered as a web server should. The Services view says which backends are healthy.',
  trace: 'The request was served. Its times come from the nodes: are all of them connected, and is none of them overloaded?',
  path: 'Other requests are being followed. Try again in a moment.',
};

const pause = ms => new Promise(done => setTimeout(done, ms));
const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export class Walk {
  #root;
  #services = [];
  #known = false;
  #chosen = '';
  #phase = 'ready';
  #trace = null;
  #error = null;
  #step = -1;

  constructor(root) {
    this.#root = root;
    addEventListener('resize', () => this.#movePacket(0));
  }

  /** The services that can be asked; called at every poll. */
  services(services, known) {
    this.#services = services;
    this.#known = known;
    if (!services.some(service => service.name === this.#chosen)) {
      this.#chosen = services[0]?.name ?? '';
    }
    this.#draw();
  }

  async #start() {
    this.#phase = 'sending';
    this.#error = null;
    this.#trace = null;
    this.#step = -1;
    this.#draw();
    try {
      this.#trace = await walkPath(this.#chosen);
    } catch (e) {
      this.#error = e;
      this.#phase = 'ready';
      this.#draw();
      return;
    }
    this.#phase = 'walking';
    await this.#walk();
    this.#phase = 'done';
    this.#draw();
  }

  async #walk() {
    const steps = this.#trace.steps;
    const roots = steps.map(step => Math.sqrt(Math.max(1, step.ns)));
    const sum = roots.reduce((a, b) => a + b, 0);
    for (let i = 0; i < steps.length && !still(); i++) {
      const ms = Math.min(MAX_STEP_MS, Math.max(MIN_STEP_MS, WALK_MS * roots[i] / sum));
      this.#step = i;
      this.#draw();
      this.#movePacket(ms * 0.6);
      await pause(ms);
    }
    this.#step = steps.length;
  }

  #movePacket(ms) {
    const packet = this.#root.querySelector('.packet');
    const stage = this.#root.querySelector('.stage');
    const step = this.#trace?.steps[this.#step];
    const icon = step && this.#root.querySelector(`[data-station="${stationOf(step)}"] .icon`);
    if (!packet || !icon) {
      return;
    }
    const a = icon.getBoundingClientRect();
    const b = stage.getBoundingClientRect();
    if (b.width < stage.scrollWidth) {
      stage.scrollTo({left: a.left - b.left + stage.scrollLeft - b.width / 2, behavior: still() ? 'auto' : 'smooth'});
    }
    packet.style.transitionDuration = `${ms}ms`;
    packet.style.transform =
      `translate(${a.left - b.left + a.width / 2 + stage.scrollLeft}px, ${a.top - b.top + a.height / 2}px)`;
  }

  #draw() {
    render(this.#view(), this.#root);
  }

  #view() {
    const busy = this.#phase === 'sending' || this.#phase === 'walking';
    const label = {ready: 'Start', sending: 'Sending…', walking: 'Walking…', done: 'Start again'}[this.#phase];
    return html`
      <h2 id="path-title">Follow one request</h2>
      <div class="card path">
        <form @submit=${event => { event.preventDefault(); this.#start(); }}>
          <label for="service">Service</label>
          <select id="service" ?disabled=${busy || this.#services.length === 0}
              @change=${event => { this.#chosen = event.target.value; }}>
            ${this.#services.length === 0 ? html`<option value="">none</option>` : nothing}
            ${this.#services.map(one => html`
              <option value=${one.name} ?selected=${one.name === this.#chosen}>${one.name} (${one.vip})</option>`)}
          </select>
          <button class="primary" id="start" ?disabled=${busy || this.#chosen === ''}>${label}</button>
          <span class="dim hint">${this.#hint()}</span>
        </form>
        ${this.#error === null ? nothing
          : html`<p class="message bad" id="path-error" role="alert"><b>No walk:</b> ${this.#error.message}
            ${ADVICE[this.#error.field] ? html`<br>${ADVICE[this.#error.field]}` : nothing}</p>`}
        ${this.#diagram()}
        <div aria-live="polite">${this.#phase === 'done' ? this.#summary() : nothing}</div>
        ${this.#trace === null ? nothing : this.#timeline()}
      </div>`;
  }

  #hint() {
    if (this.#known && this.#services.length === 0) {
      return 'There is no service to send a request to yet.';
    }
    const chosen = this.#services.find(service => service.name === this.#chosen);
    if (this.#phase === 'ready' && chosen !== undefined && chosen.status !== 'ok') {
      return `${chosen.name} has no healthy backend, so probably nobody will answer.`;
    }
    return this.#phase === 'sending' ? 'A real HTTP request is on its way…'
      : 'Sends one real HTTP request from outside and shows where its time went.';
  }

  #diagram() {
    const trace = this.#trace;
    const stations = layout(trace);
    const walked = trace === null ? [] : trace.steps.slice(0, this.#step + 1);
    const at = trace?.steps[this.#step];
    const last = stations.at(-1)?.stations.at(-1);
    const draw = one => this.#station(one, walked, at, one === last);
    return html`
      <div class="stage ${this.#phase}" role="group" aria-label="The way of the request" tabindex="0">
        <div class="packet ${at ? at.direction : 'out'}"></div>
        <div class="station end" data-station="client">
          <div class="time request"></div>
          <div class="post"><div class="icon" aria-hidden="true">${GLYPHS.client}</div></div>
          <div class="label">Client</div><div class="dim where">${trace?.client ?? 'outside'}</div>
        </div>
        ${stations.map(group => group.host === null ? group.stations.map(draw) : html`
          <div class="group" style="flex:${group.stations.length} 0 auto">
            <div class="group-name">${group.host === '' ? 'host' : `host ${group.host}`}</div>
            <div class="group-row">${group.stations.map(draw)}</div>
          </div>`)}
      </div>`;
  }

  #station(one, walked, at, last) {
    const mine = walked.filter(step => stationOf(step) === one.id);
    const sum = direction => mine.filter(step => step.direction === direction).reduce((a, step) => a + step.ns, 0);
    const has = direction => mine.some(step => step.direction === direction);
    const here = at !== undefined && stationOf(at) === one.id;
    return html`
      <div class="station ${hopKind(one.hop)} ${here ? 'here' : ''} ${last ? 'last' : ''}" data-station=${one.id} title=${hopHelp(one.hop)}>
        <div class="time request">${has('request') ? html`<span class="hidden">request </span>${duration(sum('request'))}` : nothing}</div>
        <div class="post"><div class="icon" aria-hidden="true">${GLYPHS[one.hop] ?? GLYPHS.proxy}</div></div>
        <div class="label">${hopLabel(one.hop)}</div>
        <div class="time response">${has('response') ? html`<span class="hidden">response </span>${duration(sum('response'))}` : nothing}</div>
      </div>`;
  }

  #summary() {
    const trace = this.#trace;
    const total = trace.endToEndNs;
    const sum = wanted => trace.hops.filter(hop => wanted(hopKind(hop.hop))).reduce((a, hop) => a + hop.ns, 0);
    const guest = sum(kind => kind === 'guest' || kind === 'server');
    const network = sum(kind => kind === 'net');
    const proxy = sum(kind => kind === 'proxy');
    const backend = trace.backend === '' ? 'a backend that no stamp names' : trace.backend;
    const host = trace.hostPath.at(-1) ?? '';
    return html`
      <div class="figures" id="summary">
        <div><b>${duration(total)}</b><span>end to end</span></div>
        <div class="net"><b>${duration(network)}</b><span>virtual network, ${percent(network, total)}</span></div>
        ${proxy === 0 ? nothing
          : html`<div class="proxy"><b>${duration(proxy)}</b><span>proxy, ${percent(proxy, total)}</span></div>`}
        <div class="server"><b>${duration(guest)}</b><span>guest and server, ${percent(guest, total)}</span></div>
        <div class="rest"><b>${duration(trace.unattributedNs)}</b>
          <span>unattributed, ${percent(trace.unattributedNs, total)}</span></div>
        <p>${trace.status === undefined ? 'Answer' : `HTTP ${trace.status}`} from <b>${backend}</b> on host <b>${host}</b>; the client itself
          measured ${duration(trace.clientNs)}${trace.flags.length === 0 ? '' : html`<span class="dim"> · ${trace.flags.join(', ')}</span>`}</p>
      </div>`;
  }

  #timeline() {
    const trace = this.#trace;
    const scale = 100 / Math.max(1, trace.endToEndNs);
    return html`
      <table class="timeline" id="timeline">
        <caption class="hidden">The steps of the request in order of time</caption>
        <thead><tr><th scope="col">way</th><th scope="col">hop</th><th scope="col">host</th>
          <th scope="col" class="right">time</th><th scope="col" class="bars">since the first stamp</th></tr></thead>
        <tbody>${trace.steps.map((step, i) => html`
          <tr class="${i === this.#step ? 'here' : i < this.#step ? '' : 'ahead'}">
            <td><span class="arrow ${step.direction}">${step.direction === 'request' ? '→' : '←'}</span>
              <span class="hidden">${step.direction}</span></td>
            <th scope="row" title=${hopHelp(step.hop)}>${hopLabel(step.hop)}</th><td>${step.host}</td>
            <td class="right mono">${i <= this.#step ? duration(step.ns) : ''}</td>
            <td class="bars"><div class="track"><div class="fill ${hopKind(step.hop)}"
              style="left:${Math.max(0, step.offsetNs * scale)}%;width:${i <= this.#step ? step.ns * scale : 0}%"></div></div></td>
          </tr>`)}</tbody>
      </table>`;
  }
}

const glyph = d => html`<svg viewBox="0 0 24 24" width="24" height="24"><path d=${d}></path></svg>`;
const GLYPHS = {
  'client': glyph('M4 5h16v11H4zM2 19h20M10 16v3M14 16v3'),
  'host-nic': glyph('M4 6h16v10H4zM8 16v3M12 16v3M16 16v3M8 10h3v3H8zM15 10h2'),
  'vswitch': glyph('M3 8h14M14 5l3 3-3 3M21 16H7M10 13l-3 3 3 3'),
  'vnic': glyph('M7 4v6h10V4M9 4v3M15 4v3M12 10v10M8 20h8'),
  'overlay': glyph('M3 15c3-8 6-8 9 0s6 8 9 0M3 9c3 8 6 8 9 0s6-8 9 0'),
  'guest-tcpip': glyph('M4 5h16v4H4zM4 10h16v4H4zM4 15h16v4H4z'),
  'nginx': glyph('M12 2l8.5 5v10L12 22l-8.5-5V7zM9 16V8l6 8V8'),
  'guest': glyph('M12 2l8.5 5v10L12 22l-8.5-5V7zM3.5 7l8.5 5 8.5-5M12 12v10'),
  'proxy': glyph('M4 12h6M10 12l6-6h4M10 12l6 6h4M17 3l3 3-3 3M17 15l3 3-3 3'),
};

// A host's flow tables with counters and rates, and a trace: which flows a packet would meet there.
import {html, nothing, render} from 'lit-html';
import {fetchFlows, traceFlow} from './api.js';
import {plural, rate} from './format.js';
import {heading, pill, table} from './sections.js';

const PAGE = 100;
const REFRESH_MS = 4000;
/** A switch with more flows than this is asked when somebody wants it, not all the time: it reports all of them. */
const LIVE_UP_TO = 20_000;

const KINDS = {flow: ['plain', 'flow'], miss: ['warn', 'no flow'], note: ['plain', 'note'], output: ['good', 'output'], drop: ['bad', 'dropped']};

export class Flows {
  id = 'flows';
  title = 'Flows';
  changed = () => {};
  #node = '';
  #text = '';
  #offset = 0;
  #page = null;
  #error = '';
  #askedAt = 0;
  #before = new Map();
  #rates = new Map();
  #packet = '';
  #trace = null;
  #traceError = '';
  #tracing = false;

  async refresh(state) {
    if (!state.nodes.some(node => node.name === this.#node)) {
      this.#choose(state.nodes[0]?.name ?? '');
    }
    const crowded = (this.#page?.total ?? 0) > LIVE_UP_TO;
    if (this.#node !== '' && (this.#askedAt === 0 || !crowded && Date.now() - this.#askedAt >= REFRESH_MS)) {
      await this.#read();
    }
  }

  #choose(node) {
    this.#node = node;
    this.#again(0);
    this.#page = null;
    this.#before = new Map();
    this.#rates = new Map();
    this.#trace = null;
    this.#traceError = '';
  }

  /** Another page or filter is wanted: what is shown is asked for anew. */
  #again(offset) {
    this.#offset = offset;
    this.#askedAt = 0;
  }

  async #read() {
    const asked = [this.#node, this.#text, this.#offset].join();
    this.#askedAt = Date.now();
    try {
      const page = await fetchFlows(this.#node, this.#text, this.#offset, PAGE);
      if (asked === [this.#node, this.#text, this.#offset].join()) {
        this.#count(page);
        this.#page = page;
        this.#error = '';
      }
    } catch (e) {
      this.#error = e.message;
    }
  }

  #count(page) {
    const now = performance.now();
    const next = new Map(page.flows.map(flow => [key(flow), {packets: flow.packets, at: now}]));
    this.#rates = new Map();
    for (const flow of page.flows) {
      const before = this.#before.get(key(flow));
      if (before !== undefined && flow.packets >= before.packets) {
        this.#rates.set(key(flow), (flow.packets - before.packets) * 1000 / (now - before.at));
      }
    }
    this.#before = next;
  }

  async #show(change) {
    change();
    this.changed();
    await this.#read();
    this.changed();
  }

  async #start() {
    this.#tracing = true;
    this.changed();
    try {
      this.#trace = await traceFlow(this.#node, this.#packet);
      this.#traceError = '';
    } catch (e) {
      this.#trace = null;
      this.#traceError = e.message;
    }
    this.#tracing = false;
    this.changed();
  }

  draw(place, state) {
    const nodes = state?.nodes ?? [];
    render(html`
      <h1 class="hidden" tabindex="-1">Flows</h1>
      ${nodes.length === 0 ? html`<p class="empty">No host has registered, so there are no flow tables.</p>` : html`
        ${heading('flows', 'Flow tables', this.#page?.total ?? '…')}
        <div class="tools">
          <label for="flows-node">Host</label>
          <select id="flows-node" @change=${event => this.#show(() => this.#choose(event.target.value))}>
            ${nodes.map(node => html`<option value=${node.name} ?selected=${node.name === this.#node}>${node.name}</option>`)}
          </select>
          <label for="flows-filter">Filter</label>
          <input id="flows-filter" type="search" placeholder="table=3, nw_dst=10.0.1.11, output:2 …" .value=${this.#text}
            @input=${event => this.#show(() => { this.#text = event.target.value; this.#again(0); })}>
          <button class="quiet" id="flows-refresh" @click=${() => this.#show(() => {})}>Refresh</button>
        </div>
        ${this.#tracer(state)}
        ${this.#error === '' ? nothing : html`<p class="message bad" id="flows-error">${this.#error}</p>`}
        ${this.#page === null ? nothing : this.#table()}`}`, place);
  }

  #table() {
    const {flows, total} = this.#page;
    const end = this.#offset + flows.length;
    return html`
      <div class="card">
        ${total === 0 ? html`<p class="dim">No flow fits.</p>` : table(`Flows of host ${this.#node}`,
          [{name: 'table', right: true}, {name: 'priority', right: true}, {name: 'packets', right: true}, {name: 'rate', right: true}, 'match', 'actions'],
          flows.map(flow => html`
            <tr data-flow>
              <td class="right">${flow.table}</td><td class="right">${flow.priority}</td>
              <td class="right">${flow.packets.toLocaleString('en')}</td>
              <td class="right ${this.#rates.get(key(flow)) > 0 ? 'busy' : 'dim'}">${this.#rates.has(key(flow)) ? rate(this.#rates.get(key(flow))) : '–'}</td>
              <td class="mono wide">${flow.match === '' ? html`<span class="dim">everything</span>` : breakable(flow.match)}</td>
              <td class="mono wide">${breakable(flow.actions)}</td>
            </tr>`))}
        ${total <= PAGE ? nothing : html`
          <div class="tools pager">
            <button ?disabled=${this.#offset === 0} @click=${() => this.#show(() => this.#again(Math.max(0, this.#offset - PAGE)))}>Before</button>
            <span>${this.#offset + 1} to ${end} of ${plural(total, 'flow')}</span>
            <button ?disabled=${end >= total} @click=${() => this.#show(() => this.#again(end))}>Next</button>
          </div>`}
      </div>`;
  }

  #tracer(state) {
    return html`
      <div class="card tracer">
        <form class="tools" @submit=${event => { event.preventDefault(); this.#start(); }}>
          <label for="packet">Trace a packet</label>
          <input id="packet" type="text" class="mono" spellcheck="false" autocomplete="off" placeholder="in_port=…,tcp,nw_dst=…" .value=${this.#packet}
            @input=${event => { this.#packet = event.target.value; this.changed(); }}>
          <button class="primary" id="trace" ?disabled=${this.#tracing || this.#packet.trim() === ''}>${this.#tracing ? 'Asking…' : 'Trace'}</button>
          <button type="button" class="quiet" id="example" @click=${() => { this.#packet = example(state, this.#node); this.changed(); }}>Example</button>
        </form>
        <p class="dim">Host ${this.#node} itself says which of its flows the packet would meet, with the connections it tracks now. Nothing is sent
          or counted. In ovs-ofctl’s notation; in_port is a number or a name, and a TCP packet is a SYN unless tcp_flags says otherwise.</p>
        ${this.#traceError === '' ? nothing : html`<p class="message bad" id="trace-error" role="alert">${this.#traceError}</p>`}
        ${this.#trace === null ? nothing : html`
          <div id="trace-steps">${table('The way of the packet through the flow tables', ['step', {name: 'table', right: true}, 'what'],
            this.#trace.steps.map(step => html`
              <tr><td>${pill(...KINDS[step.kind] ?? KINDS.note)}</td><td class="right">${step.table}</td>
                <td class="mono wide" style="padding-left:${Math.min(step.depth, 12) * 16}px">${breakable(step.text)}</td></tr>`))}</div>`}
      </div>`;
  }
}

const key = flow => `${flow.table} ${flow.priority} ${flow.match}`;

/** A packet that this host might well get: from outside to a service, or from a guest to another. */
function example(state, name) {
  const node = state.nodes.find(one => one.name === name);
  const guest = state.vnics.find(vnic => vnic.node === name);
  const service = state.services[0];
  const other = state.vnics.find(vnic => vnic !== guest);
  const [ip, port] = (service?.vip ?? `${other?.ip ?? '10.0.1.1'}:80`).split(':');
  const rest = `nw_dst=${ip},tp_src=4711,tp_dst=${port}`;
  if (node?.uplink) {
    return `in_port=${node.uplink},tcp,dl_dst=${node.uplinkMac},nw_src=192.0.2.2,${rest}`;
  }
  return guest ? `in_port=${guest.name},tcp,dl_src=${guest.mac},dl_dst=${service ? gateway(state, service) : other?.mac ?? guest.mac},nw_src=${guest.ip},${rest}`
    : `in_port=${node?.ports[0]?.name ?? 1},tcp,nw_src=192.0.2.2,${rest}`;
}

const gateway = (state, service) => state.networks.find(network => network.name === service.network).gatewayMac;

/** A long text without spaces that may be broken behind its commas. */
const breakable = text => html`<div class="long">${text.split(',').map((part, i) => html`${i === 0 ? nothing : html`,<wbr>`}<span class="nb">${part}</span>`)}</div>`;

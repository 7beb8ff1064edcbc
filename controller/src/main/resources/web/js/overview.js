// The first view: follow one request, what there is and how it hangs together.
import {html, render} from 'lit-html';
import {fetchCosts} from './api.js';
import {empty, filtered, guests, heading, hosts, networks} from './sections.js';
import {model, summary, topology} from './topology.js';
import {Walk} from './walk.js';

export class Overview {
  id = 'overview';
  title = 'Overview';
  changed = () => {};
  #walk = new Walk(document.getElementById('path'));
  #filter = '';
  #open = new Map();
  #costs = new Map();

  async refresh(state) {
    const costs = state.vnics.length === 0 ? [] : (await fetchCosts()).guests;
    this.#costs = new Map(costs.map(one => [one.guest, one]));
  }

  draw(place, state) {
    this.#walk.services(state?.services ?? [], state !== null);
    if (state === null) {
      return;
    }
    const at = id => document.getElementById(id);
    render(this.#topology(state, at('topology').clientWidth), at('topology'));
    const known = model(state, this.#filter);
    render(hosts(state), at('hosts'));
    render(guests(known.guests, state, this.#costs), at('guests'));
    render(networks(state), at('networks'));
  }

  #topology(state, width) {
    const ui = {
      filter: this.#filter,
      open: this.#open,
      toggle: (host, open) => {
        this.#open.set(host, open);
        this.changed();
      },
    };
    const nothingYet = state.nodes.length === 0;
    const known = model(state, this.#filter);
    return html`
      ${heading('topology', 'Topology')}
      ${nothingYet ? empty('No host has registered. Start a node on each host and point it at this controller:',
        `hopline node --name a --vtep 192.0.2.1 --controller ${location.origin}`)
        : html`
        <div class="tools">
          <label for="filter">Filter</label>
          <input id="filter" type="search" placeholder="guest, address, network, host, service or trouble" .value=${this.#filter}
            @input=${event => { this.#filter = event.target.value; this.changed(); }}>
          <span class="dim" id="filter-result" role="status">${filtered(known, this.#filter)}</span>
        </div>
        <p class="dim" id="topology-summary">${summary(state)} The same as tables stands below.</p>
        ${topology(state, ui, width)}`}`;
  }
}

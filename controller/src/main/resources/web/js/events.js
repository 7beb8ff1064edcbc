// What happened since the controller started, newest first.
import {html, nothing, render} from 'lit-html';
import {fetchEvents} from './api.js';
import {clock, plural} from './format.js';
import {heading, pill, table} from './sections.js';

const MAX_KEPT = 2048;
const MAX_ROWS = 200;
const LEVELS = {info: ['plain', 'info'], warn: ['warn', 'look'], bad: ['bad', 'trouble']};

export class Events {
  id = 'events';
  title = 'Events';
  changed = () => {};
  #events = [];
  #startedMs = 0;
  #filter = '';
  #onlyTrouble = false;
  #known = false;

  async refresh() {
    const last = this.#events.at(-1)?.seq ?? 0;
    let news = await fetchEvents(last);
    if (news.startedMs !== this.#startedMs) {
      // Another controller than before: its numbers begin anew.
      this.#startedMs = news.startedMs;
      this.#events = [];
      news = last === 0 ? news : await fetchEvents(0);
    }
    this.#events = [...this.#events, ...news.events].slice(-MAX_KEPT);
    this.#known = true;
  }

  draw(place) {
    const text = this.#filter.trim().toLowerCase();
    const found = this.#events.filter(event => (!this.#onlyTrouble || event.level !== 'info')
      && (text === '' || `${event.kind} ${event.text}`.toLowerCase().includes(text))).toReversed();
    render(html`
      <h1 class="hidden" tabindex="-1">Events</h1>
      ${heading('events', 'Events', this.#events.length)}
      <div class="tools">
        <label for="events-filter">Filter</label>
        <input id="events-filter" type="search" placeholder="host, guest, service, backend or kind" .value=${this.#filter}
          @input=${event => { this.#filter = event.target.value; this.changed(); }}>
        <label class="check"><input type="checkbox" id="only-trouble" .checked=${this.#onlyTrouble}
          @change=${event => { this.#onlyTrouble = event.target.checked; this.changed(); }}> only what needs a look</label>
      </div>
      ${found.length === 0 ? html`<p class="empty" id="no-events">${this.#known ? 'Nothing that fits has happened since the controller started.' : 'Reading…'}</p>`
        : html`<div class="card">${table('Events, newest first', ['time', 'level', 'kind', 'what'],
          found.slice(0, MAX_ROWS).map(row))}
          ${found.length <= MAX_ROWS ? nothing : html`<p class="dim">And ${plural(found.length - MAX_ROWS, 'older event')}.</p>`}</div>`}`, place);
  }
}

function row(event) {
  const [kind, word] = LEVELS[event.level] ?? LEVELS.info;
  return html`
    <tr data-event=${event.seq}>
      <td class="mono">${clock(event.atMs)}</td><td>${pill(kind, word)}</td>
      <td class="dim">${event.kind}</td><td class="wide">${event.text}</td>
    </tr>`;
}

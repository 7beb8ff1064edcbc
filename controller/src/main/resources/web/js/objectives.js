// Objectives: what was promised, what is left of the error budget, how fast it burns, and which alerts fire.
import {html, nothing, render} from 'lit-html';
import {fetchObjectives} from './api.js';
import {duration, percent} from './format.js';
import {empty, heading, pill, table} from './sections.js';

export class Objectives {
  id = 'objectives';
  title = 'Objectives';
  #documents = null;

  async refresh() {
    this.#documents = await fetchObjectives();
  }

  draw(place) {
    const documents = this.#documents;
    render(html`
      <h1 class="hidden" tabindex="-1">Objectives</h1>
      ${heading('objectives', 'Objectives', documents?.length ?? null)}
      ${documents === null ? html`<p class="dim">Reading…</p>`
        : documents.length === 0 ? empty('No objective yet. Promise something, in OpenSLO:', 'hopline slo apply slo.yaml')
          : html`<div class="cards">${documents.map(document)}</div>`}`, place);
  }
}

function document(one) {
  return html`
    <article class="card wide" data-objective=${one.name}>
      <h3>${one.name} ${one.met ? pill('good', 'met') : pill('bad', 'missed')}
        ${one.firing === 0 ? nothing : pill('bad', one.firing === 1 ? '1 alert fires' : `${one.firing} alerts fire`)}</h3>
      <p class="dim">service <b>${one.service}</b>, over the last ${one.window}</p>
      ${one.objectives.map(objective)}
    </article>`;
}

function objective(one) {
  const left = Math.max(0, Math.min(1, one.budgetLeft));
  const words = one.budgetLeft >= 0 ? `${percent(one.budgetLeft, 1)} of the error budget is left`
    : `overspent: ${percent(1 - one.budgetLeft, 1)} of the error budget is used up`;
  const kind = one.budgetLeft < 0 ? 'bad' : one.budgetLeft < 0.25 ? 'warn' : 'good';
  return html`
    <section class="objective">
      <h4>${one.name} ${one.met ? pill('good', 'met') : pill('bad', 'missed')}</h4>
      <p>${promise(one)} in ${fine(one.target)} of requests; <b>${one.total === 0 ? 'nothing counted yet' : `so far ${fine(one.actual)}`}</b>
        <span class="dim">${one.total === 0 ? nothing : `${one.good.toLocaleString('en')} of ${one.total.toLocaleString('en')} requests`}</span></p>
      <div class="budget ${kind}" role="meter" aria-label="Error budget left of ${one.name}" aria-valuemin="0" aria-valuemax="100"
        aria-valuenow=${Math.round(left * 100)} aria-valuetext=${words}><div style="width:${left * 100}%"></div></div>
      <p class="budget-words">${words}${one.note === '' ? nothing : html`<br><span class="dim">${one.note}</span>`}</p>
      ${one.alerts.length === 0 ? nothing : table(`Burn-rate alerts of ${one.name}`,
        ['alert', 'fires when both burn', {name: 'long window', right: true}, {name: 'short window', right: true}, 'state', 'since'],
        one.alerts.map(alert => html`
          <tr data-alert=${alert.severity}>
            <th scope="row">${alert.severity}</th><td>${alert.factor}× or faster</td>
            <td class="right">${burn(one, alert.longWindow)}</td><td class="right">${burn(one, alert.shortWindow)}</td>
            <td>${alert.state === 'firing' ? pill('bad', 'firing') : pill('good', alert.state)}</td>
            <td class="dim">${alert.since === '' ? '–' : new Date(alert.since).toLocaleString('en-GB')}</td>
          </tr>`))}
    </section>`;
}

const WORDS = {end_to_end: 'end to end', virtual_network: 'virtual network', virtual_network_share: 'share of the virtual network'};

function promise(one) {
  const metric = WORDS[one.metric] ?? one.metric;
  if (one.threshold === undefined) {
    return metric;
  }
  const limit = one.metric.endsWith('share') ? percent(one.threshold, 1e6) : duration(one.threshold);
  return `${metric} within ${limit}`;
}

/** A target with all the nines that it has. */
const fine = share => `${(100 * share).toLocaleString('en', {maximumFractionDigits: 3})} %`;

const burn = (one, window) => {
  const found = one.burn.find(each => each.window === window);
  return `${window}: ${found === undefined ? '–' : found.rate.toLocaleString('en', {maximumSignificantDigits: 3}) + '×'}`;
};

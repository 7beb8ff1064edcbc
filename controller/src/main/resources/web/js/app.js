// The page: one clock asks for the state and for what the view in front needs, and draws both.
import {html, nothing, render} from 'lit-html';
import {fetchState} from './api.js';
import {Events} from './events.js';
import {Flows} from './flows.js';
import {clock} from './format.js';
import {Objectives} from './objectives.js';
import {Overview} from './overview.js';
import {Services} from './services.js';

const POLL_MS = 2000;
/** After failures, ever longer, so that a controller that comes back is not met by a crowd. */
const RETRY_MS = [1000, 2000, 3000, 5000, 8000];
const THEMES = ['auto', 'light', 'dark'];
const THEME_KEY = 'hopline-theme';

const at = id => document.getElementById(id);
const page = {state: null, error: null, goneSince: 0, failures: 0, stale: ''};
const views = [new Overview(), new Services(), new Objectives(), new Flows(), new Events()];

let timer = 0;
let polling = false;
let title = '';

function theme() {
  const kept = localStorage.getItem(THEME_KEY);
  return THEMES.includes(kept) ? kept : 'auto';
}

function nextTheme() {
  localStorage.setItem(THEME_KEY, THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]);
  draw();
}

/** The view that the address names; the first for any other. */
function view() {
  const name = location.hash.slice(1).split('/')[0];
  return views.find(one => one.id === name) ?? views[0];
}

function draw() {
  document.documentElement.dataset.theme = theme();
  render(top(), at('top'));
  render(banner(), at('banner'));
  const shown = view();
  if (title !== shown.title) {
    title = shown.title;
    document.title = `${title} – Hopline`;
  }
  for (const one of views) {
    const place = at(`view-${one.id}`);
    place.hidden = one !== shown;
    if (one === shown) {
      one.draw(place, page.state);
    }
  }
}

function top() {
  const live = page.error === null && page.state !== null;
  const text = live ? 'live' : page.error === null ? 'loading' : 'no answer';
  const shown = view();
  return html`
    <div class="bar">
      <span class="brand"><img src="/favicon.svg" alt="" width="28" height="28"> Hopline</span>
      <nav aria-label="Views"><ul>${views.map(one => html`
        <li><a href="#${one.id}" aria-current=${one === shown ? 'page' : nothing}>${one.title}</a></li>`)}</ul></nav>
      <span class="dim version">${page.state === null ? '' : html`state <b>v${page.state.version}</b>`}</span>
      <span class="pill ${live ? 'good' : page.error === null ? 'plain' : 'bad'}" id="live">${text}</span>
      <button class="quiet" id="theme" @click=${nextTheme} title="light or dark">theme: ${theme()}</button>
    </div>`;
}

function banner() {
  if (page.error !== null) {
    const old = page.state === null ? '' : ' What you see is from before.';
    return html`<p class="message bad"><b>Controller not reachable since ${clock(page.goneSince)}:</b>
      ${page.error}.${old} Trying again.</p>`;
  }
  if (page.state === null) {
    return html`<p class="message">Reading the state…</p>`;
  }
  if (page.stale !== '') {
    return html`<p class="message warn"><b>What you see here may be old:</b> ${page.stale}.</p>`;
  }
  const unknown = page.state.unknownSwitches ?? [];
  return unknown.length === 0 ? '' : html`<p class="message warn"><b>Unknown switch:</b> ${unknown.join(', ')}
    speaks OpenFlow with this controller, but no node said that it is its own.</p>`;
}

async function poll() {
  if (polling) {
    return;
  }
  polling = true;
  clearTimeout(timer);
  const asked = view();
  try {
    page.state = await fetchState();
    page.error = null;
    page.failures = 0;
    await refresh(asked);
  } catch (e) {
    page.goneSince = page.error === null ? Date.now() : page.goneSince;
    page.error = e.message;
    page.failures++;
  }
  polling = false;
  draw();
  const wait = asked !== view() ? 0 : page.failures === 0 ? POLL_MS : RETRY_MS[Math.min(page.failures, RETRY_MS.length) - 1];
  timer = setTimeout(whenVisible, wait);
}

/** What a view lacks does not keep the others from what is known. */
async function refresh(shown) {
  try {
    await shown.refresh?.(page.state);
    page.stale = '';
  } catch (e) {
    page.stale = e.message;
  }
}

/** A page that nobody looks at asks for nothing. */
function whenVisible() {
  if (document.hidden) {
    document.addEventListener('visibilitychange', whenVisible, {once: true});
  } else {
    poll();
  }
}

/** Another view: drawn with what is known, told to those who cannot see it by its heading, then brought up to date. */
function turn() {
  draw();
  scrollTo(0, 0);
  at(`view-${view().id}`).querySelector('h1')?.focus();
  poll();
}

/** Addresses name views, so the skip link moves the focus itself. */
document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault();
  at('main').focus();
});
views.forEach(one => { one.changed = draw; });
addEventListener('hashchange', turn);
addEventListener('online', poll);
addEventListener('resize', draw);
draw();
poll();
